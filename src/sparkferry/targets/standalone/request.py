"""From a plan to its spark-submit line on a standalone cluster; pure."""

from urllib.parse import quote

import msgspec

from sparkferry.project.kinds.standalone import StandaloneTarget
from sparkferry.spark.secrets import public, secret_names
from sparkferry.spark.submit import SubmitRequest
from sparkferry.targets.plan import Plan
from sparkferry.targets.spark_submit.conf import (
    archives,
    directories,
    driver_defaults,
    executor_size,
    packed_python,
)
from sparkferry.targets.spark_submit.places import Places
from sparkferry.targets.spark_submit.request import SHELL, driver_call, typed
from sparkferry.targets.supervise.directory import RunDirectory, runs_dir

ANY_ADDRESS = "0.0.0.0"  # noqa: S104 - the address that executors know may be a router's
DRIVER_HOST = "$DRIVER_HOST"
"""Stands for the address of this machine before it is looked for."""


def standalone_request(plan: Plan) -> "StandaloneRequest":
    """Return the request of a plan; the address of this machine is named as such unless it is set."""
    run = RunDirectory(runs_dir() / plan.run_id)
    target = plan.target_as(StandaloneTarget)
    hidden = target.secret or secret_names(plan.spark_conf)
    places = Places(
        environment=run.environment,
        report=run.report,
        master=target.master,
        properties_file=run.properties if hidden else None,
        work=run.work,
    )
    return StandaloneRequest(plan, places, target.driver_host or DRIVER_HOST)


class StandaloneRequest(msgspec.Struct, frozen=True):
    """A call of spark-submit on this machine; the client binds ``places`` and ``host``."""

    plan: Plan
    places: Places
    host: str
    """Under which executors reach the driver."""

    @property
    def media_type(self) -> str:
        """A shell's."""
        return SHELL

    @property
    def submit(self) -> SubmitRequest:
        """The call of spark-submit."""
        plan, places = self.plan, self.places
        target = plan.target_as(StandaloneTarget)
        conf = {
            **driver_defaults(target.driver_memory),
            **executor_size(target.cores, target.memory),
            **directories(plan, places),
            **public(plan.spark_conf),
            **_driver(target, self.host),
            **_most_cores(target),
            **packed_python(places, shipped=True),
            **archives(plan.layers),
            **(shared_conf() if target.shared_store else {}),
        }
        return driver_call(plan, places, conf)

    @property
    def text(self) -> str:
        """The call as a person would type it."""
        return typed(self.submit)

    def data(self) -> dict[str, object]:
        """Return the call as data."""
        return self.submit.data()


def _driver(target: StandaloneTarget, host: str) -> dict[str, str]:
    """Return where executors reach the driver; it listens on every address of this machine."""
    ports = {
        "spark.driver.port": target.driver_port,
        "spark.blockManager.port": target.block_manager_port,
    }
    return {
        "spark.driver.host": host,
        "spark.driver.bindAddress": ANY_ADDRESS,
        **{name: str(port) for name, port in ports.items() if port},
    }


def _most_cores(target: StandaloneTarget) -> dict[str, str]:
    if target.executors is None:
        return {}
    return {"spark.cores.max": str(target.executors * target.cores)}


_TABLE = "sparkferry"
"""Name of the mount table."""


def shared_address(directory: str) -> str:
    """Return the URL of an absolute directory that executors read from their own disks."""
    return f"viewfs://{_TABLE}{quote(directory)}"


def shared_conf() -> dict[str, str]:
    """Return the Hadoop properties that make such URLs mean the directories of the machine."""
    return {f"spark.hadoop.fs.viewfs.mounttable.{_TABLE}.linkFallback": "file:///"}
