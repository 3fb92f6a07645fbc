"""From a plan to its spark-submit line; pure."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from sparkferry.image.model import HOME
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.runtime.spec import Spec
from sparkferry.spark.environ import LOOPBACK, private_home
from sparkferry.spark.submit import SubmitRequest
from sparkferry.targets.local.files import RunDirectory, runs_dir
from sparkferry.targets.plan import Plan

MAIN = "code/sparkferry_main.py"
"""The driver's program, in the directory where the layers lie side by side."""

PYTHON = "python/bin/python3"
"""The packed interpreter, likewise on driver and executors."""

ENVIRONMENT = Path(f"/{HOME}")
"""Where ``python``, ``packages`` and ``code`` lie side by side in an image."""

LOCAL_MASTER = "local[*]"

RENDERED_MASTER = "spark://127.0.0.1:7077"
"""What stands for a master whose port is known only when it has started."""


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run finds things on this machine."""

    environment: Path
    """Directory with ``python``, ``packages`` and ``code`` of the driver."""
    report: Path
    """Directory that receives the runtime's report files."""
    master: str
    properties_file: Path | None = None
    executor_options: str = ""
    """Options of this machine for the executors' virtual machines."""
    executor_environ: Mapping[str, str] = {}
    """Variables of the executors."""
    work: Path | None = None
    """The driver's working directory."""
    ivy: Path | None = None
    """Directory where jars of Maven coordinates are cached; below the driver's home if not given."""


def submit_request(plan: Plan, places: Places) -> SubmitRequest:
    """Return the spark-submit call of a plan."""
    return SubmitRequest(
        master=places.master,
        name=plan.run_id,
        conf={
            **_defaults(plan),
            **_places(plan, places),
            **plan.spark_conf,
            **_fixed(plan, places),
        },
        main=str(places.environment / MAIN),
        args=("--spec", _spec(plan, places).to_json()),
        properties_file=str(places.properties_file) if places.properties_file else None,
    )


def local_request(plan: Plan) -> "LocalRequest":
    """Return the request of a plan; what is known only when it is started is named as such."""
    run = RunDirectory(runs_dir() / plan.run_id)
    places = Places(
        environment=ENVIRONMENT if plan.image else run.environment,
        report=run.report,
        master=RENDERED_MASTER if plan.target.workers else LOCAL_MASTER,
        executor_environ=executor_environ(run),
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
        return "text/x-shellscript"

    @property
    def submit(self) -> SubmitRequest:
        """The call of spark-submit."""
        return submit_request(self.plan, self.places)

    @property
    def text(self) -> str:
        """The call as a person would type it, with what its environment must hold."""
        if self.plan.image:
            return shell_lines(self._contained())
        return shell_lines(("PYTHONHASHSEED=0", *self.submit.argv("spark-submit")))

    def data(self) -> dict[str, object]:
        """Return the call as data."""
        return {"argv": self._contained()} if self.plan.image else self.submit.data()

    def _contained(self) -> tuple[str, ...]:
        from sparkferry.targets.local.containers import rendered_command

        return rendered_command(self)


def executor_environ(run: RunDirectory) -> dict[str, str]:
    """Return the variables of a run's executors that must not be those of a cluster that outlives it."""
    own = run.executors
    return {**private_home(own.home, own.temporary), "TMPDIR": str(own.temporary)}


def shell_lines(argv: Sequence[str]) -> str:
    """Return ``argv`` as lines for a shell, each option with its value."""
    lines: list[str] = []
    for word in map(shlex.quote, argv):
        if lines and not word.startswith("--") and (len(lines) == 1 or _awaits(lines[-1])):
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return " \\\n  ".join(lines) + "\n"


def _awaits(line: str) -> bool:
    """Return whether ``line`` is an option without its value."""
    return line.startswith("--") and " " not in line


def _defaults(plan: Plan) -> dict[str, str]:
    """Return what the user may set otherwise."""
    common = {
        "spark.driver.memory": plan.target.driver_memory,
        "spark.ui.showConsoleProgress": "false",
        "spark.ui.port": "0",
    }
    return {**common, **_executors(plan.target)} if plan.target.workers else common


def _places(plan: Plan, places: Places) -> dict[str, str]:
    """Return where of this machine Spark keeps things, unless the user says otherwise."""
    ivy = places.ivy if "spark.jars.packages" in plan.spark_conf else None
    environ = places.executor_environ if plan.target.workers else {}
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


def _executors(target: LocalTarget) -> dict[str, str]:
    """Return one executor a worker, as large as it. No two workers share a directory or a cache."""
    return {
        "spark.executor.cores": str(target.cores),
        "spark.executor.memory": target.memory,
        "spark.files.useFetchCache": "false",
    }


def _fixed(plan: Plan, places: Places) -> dict[str, str]:
    """Return what makes the run run on the layers, and on this machine alone."""
    driver = str(places.environment / PYTHON)
    conf = {
        "spark.driver.host": LOOPBACK,
        "spark.driver.bindAddress": LOOPBACK,
        "spark.pyspark.driver.python": driver,
        "spark.pyspark.python": driver,
        "spark.executorEnv.PYTHONHASHSEED": "0",
    }
    if not plan.target.workers:
        return conf
    archives = {} if plan.image else _archives(plan)
    return {**conf, **archives, **_executor_options(plan, places)}


def _archives(plan: Plan) -> dict[str, str]:
    return {
        "spark.archives": ",".join(layer.archive for layer in plan.layers),
        "spark.pyspark.python": f"./{PYTHON}",
    }


def _executor_options(plan: Plan, places: Places) -> dict[str, str]:
    options = (places.executor_options, plan.spark_conf.get(_EXECUTOR_OPTIONS, ""))
    said = " ".join(option for option in options if option)
    return {_EXECUTOR_OPTIONS: said} if said else {}


_EXECUTOR_OPTIONS = "spark.executor.extraJavaOptions"


def _spec(plan: Plan, places: Places) -> Spec:
    job = plan.job
    return Spec(
        run_id=plan.run_id,
        job=plan.job_name,
        tier=plan.tier,
        output=plan.output,
        report=str(places.report),
        entry=job.entry,
        script=job.script,
        args=job.args,
        sets=plan.sets,
        config=job.config,
        argv=plan.argv,
        strict=plan.strict,
    )
