"""From a plan to its spark-submit line on an embedded cluster, or in one process; pure."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from sparkferry.project.kinds.local import LocalTarget
from sparkferry.spark.distribution import SparkHome
from sparkferry.spark.installation import Installation
from sparkferry.spark.java import Java
from sparkferry.spark.secrets import public, secret_names
from sparkferry.spark.submit import SubmitRequest
from sparkferry.targets.local.installation import installation_in
from sparkferry.targets.plan import Plan
from sparkferry.targets.spark_submit.conf import (
    archives,
    directories,
    driver_defaults,
    executor_options,
    executor_size,
    on_loopback,
    packed_python,
)
from sparkferry.targets.spark_submit.places import IMAGE_ENVIRONMENT, Places, executor_environ
from sparkferry.targets.spark_submit.request import SHELL, driver_call, shell_lines, typed
from sparkferry.targets.supervise.directory import RunDirectory, runs_dir
from sparkferry.targets.supervise.driver import Driver
from sparkferry.targets.supervise.located import output_directory

LOCAL_MASTER = "local[*]"

RENDERED_MASTER = "spark://127.0.0.1:7077"
"""What stands for a master whose port is known only when it has started."""


def local_request(plan: Plan) -> "LocalRequest":
    """Return the request of a plan; what is known only when it is started is named as such."""
    run, workers = RunDirectory(runs_dir() / plan.run_id), plan.target_as(LocalTarget).workers
    places = Places(
        environment=IMAGE_ENVIRONMENT if plan.image else run.environment,
        report=run.report,
        master=RENDERED_MASTER if workers else LOCAL_MASTER,
        executor_environ=executor_environ(run) if workers else {},
        properties_file=run.properties if secret_names(plan.spark_conf) else None,
        work=run.work,
        output=str(output_directory(plan, run)),
    )
    return LocalRequest(plan, places)


class LocalRequest(msgspec.Struct, frozen=True):
    """A call of spark-submit, by itself or in a container.

    Before it is started its master stands for one whose port is not known, and ``$SPARK_HOME`` and
    ``$JAVA_HOME`` for those of this machine; the client binds ``places`` to what is there then.
    """

    plan: Plan
    places: Places

    @property
    def media_type(self) -> str:
        """A shell's."""
        return SHELL

    @property
    def submit(self) -> SubmitRequest:
        """The call of spark-submit."""
        return submit_request(self.plan, self.places)

    @property
    def text(self) -> str:
        """The call as a person would type it, with what its environment must hold."""
        return shell_lines(self._contained()) if self.plan.image else typed(self.submit)

    def data(self) -> dict[str, object]:
        """Return the call as data."""
        return {"argv": self._contained()} if self.plan.image else self.submit.data()

    def _contained(self) -> tuple[str, ...]:
        """Return the engine's command of a run in an image."""
        from sparkferry.targets.local.container import command
        from sparkferry.targets.local.containers import container_of, image_of

        plan, run = self.plan, RunDirectory(runs_dir() / self.plan.run_id)
        image = image_of(plan)
        installation = installation_in(plan, image) or _HERE
        driver = driver_of(plan, installation, run, {})
        program = driver.program(submit_request(plan, driver.bound(self.places)))
        workers = plan.target_as(LocalTarget).workers
        container = container_of(plan, image, run, installation)
        return command(program, container, workers + 1 if workers else 0)


_HERE = Installation(
    home=SparkHome(path=Path("$SPARK_HOME"), version=""),
    java=Java(home=Path("$JAVA_HOME"), build="", feature=0),
    class_data=None,
)
"""Stands for the Spark and Java of this machine before they are looked for."""


def submit_request(plan: Plan, places: Places) -> SubmitRequest:
    """Return the spark-submit call of a plan."""
    target = plan.target_as(LocalTarget)
    conf = {
        **driver_defaults(target.driver_memory),
        **(_on_workers(target.cores, target.memory) if target.workers else {}),
        **directories(plan, places),
        **public(plan.spark_conf),
        **on_loopback(),
        **packed_python(places, shipped=bool(target.workers) and plan.image is None),
        **(archives(plan.layers) if target.workers and plan.image is None else {}),
        **(executor_options(places, plan.spark_conf) if target.workers else {}),
    }
    return driver_call(plan, places, conf)


def _on_workers(cores: int, memory: str) -> dict[str, str]:
    """Return one executor a worker, as large as it. No two workers share a directory or a cache."""
    return {**executor_size(cores, memory), "spark.files.useFetchCache": "false"}


def driver_of(
    plan: Plan,
    installation: Installation,
    run: RunDirectory,
    environ: Mapping[str, str],
) -> Driver:
    """Return what starts the driver of a plan; in a container nothing of ``environ`` reaches it."""
    return Driver(
        installation=installation,
        run=run,
        delay_c2=plan.target_as(LocalTarget).quick_compile,
        environ={} if plan.image else environ,
    )
