"""The Spark properties of a run, section by section; pure."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from sparkferry.carriers.api import PublishedLayer
from sparkferry.spark.environ import LOOPBACK
from sparkferry.targets.plan import Plan
from sparkferry.targets.spark_submit.places import Places

MAIN = "code/sparkferry_main.py"
"""The driver's program, in the directory where the layers lie side by side."""

PYTHON = "python/bin/python3"
"""The packed interpreter, likewise on driver and executors."""

EXECUTOR_OPTIONS = "spark.executor.extraJavaOptions"


def driver_defaults(driver_memory: str) -> dict[str, str]:
    """Return what the user may set otherwise of any driver on this machine."""
    return {
        "spark.driver.memory": driver_memory,
        "spark.ui.showConsoleProgress": "false",
        "spark.ui.port": "0",
    }


def executor_size(cores: int, memory: str) -> dict[str, str]:
    """Return how large executors are."""
    return {"spark.executor.cores": str(cores), "spark.executor.memory": memory}


def directories(plan: Plan, places: Places) -> dict[str, str]:
    """Return where of this machine Spark keeps things, unless the user says otherwise."""
    ivy = places.ivy if "spark.jars.packages" in plan.spark_conf else None
    environ = places.executor_environ
    return {
        **_warehouse(places.work),
        **({"spark.jars.ivy": str(ivy)} if ivy else {}),
        **{f"spark.executorEnv.{name}": value for name, value in environ.items()},
    }


def _warehouse(work: Path | None) -> dict[str, str]:
    """Return where tables go that have no location, if Spark's own choice would be wrong.

    Spark makes the URI of ``spark-warehouse`` in the working directory, and then takes its text for a path:
    from ``/my data`` tables would go to a directory called ``/my%20data``.
    """
    if work is None or work.as_uri() == f"file://{work}":
        return {}
    return {"spark.sql.warehouse.dir": f"{work}/spark-warehouse"}


def packed_python(places: Places, *, shipped: bool) -> dict[str, str]:
    """Return what makes driver and executors run the packed interpreter.

    ``shipped`` is whether executors unpack it beside them; else it is where the driver's is.
    """
    driver = str(places.environment / PYTHON)
    return {
        "spark.pyspark.driver.python": driver,
        "spark.pyspark.python": f"./{PYTHON}" if shipped else driver,
        "spark.executorEnv.PYTHONHASHSEED": "0",
    }


def archives(layers: Iterable[PublishedLayer]) -> dict[str, str]:
    """Return what Spark unpacks beside every executor."""
    return {"spark.archives": ",".join(layer.archive for layer in layers)}


def on_loopback() -> dict[str, str]:
    """Return what keeps a driver reachable from this machine alone."""
    return {"spark.driver.host": LOOPBACK, "spark.driver.bindAddress": LOOPBACK}


def executor_options(places: Places, conf: Mapping[str, str]) -> dict[str, str]:
    """Return the options of the executors' virtual machines: those of this machine, then the user's."""
    options = (places.executor_options, conf.get(EXECUTOR_OPTIONS, ""))
    said = " ".join(option for option in options if option)
    return {EXECUTOR_OPTIONS: said} if said else {}
