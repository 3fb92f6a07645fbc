"""From a plan to its spark-submit line on an embedded cluster, or in one process; pure."""

import msgspec

from sparkferry.project.kinds.local import LocalTarget
from sparkferry.spark.secrets import public, secret_names
from sparkferry.spark.submit import SubmitRequest
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
        from sparkferry.targets.local.containers import rendered_command

        return rendered_command(self)


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
