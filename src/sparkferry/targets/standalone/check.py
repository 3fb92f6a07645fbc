"""What keeps a run from being started on a standalone cluster."""

from collections.abc import Iterator

from sparkferry.env import Env
from sparkferry.errors import Diagnostic
from sparkferry.findings import collected
from sparkferry.project.kinds.standalone import StandaloneTarget
from sparkferry.project.model import Project
from sparkferry.project.places import diagnostic
from sparkferry.spark.check import check_java
from sparkferry.spark.connectors import CONNECTORS, connector_jars
from sparkferry.spark.versions import line_of
from sparkferry.store.open import is_directory, scheme_of
from sparkferry.targets.standalone.master import find_master, room, sizes


def check_standalone(
    project: Project, settings: StandaloneTarget, env: Env
) -> Iterator[Diagnostic]:
    """Yield what is wrong with Java, the secret, and the cluster's version and size."""
    yield from check_java(project.settings.spark, env.environ)
    yield from _secret(project, settings, env)
    yield from _output(project, settings)
    yield from collected(lambda: _cluster(project, settings))


def _output(project: Project, settings: StandaloneTarget) -> Iterator[Diagnostic]:
    scheme = scheme_of(settings.store)
    if not is_directory(settings.store):
        if scheme in CONNECTORS and not _has_connector(project, settings, scheme):
            jars = connector_jars(scheme, project.settings.spark)
            said = (
                f"the output location is in `{scheme}://`, which Spark of driver and executors reads and "
                "writes with a connector alone"
            )
            hint = f'have it in the cluster\'s Spark, or set `spark-conf."spark.jars.packages" = "{jars}"`'
            place = ("targets", project.settings.target, "store")
            yield diagnostic(project.origins, place, said, hint, severity="warning")
    elif not settings.shared_store:
        said = (
            "the output location is a directory of the driver's machine: what executors on other "
            "machines write to it stays on theirs"
        )
        hint = (
            "let `store` name a directory that all machines have, and set `shared-store = true`; or "
            "return small results from the job"
        )
        place = ("targets", project.settings.target, "store")
        yield diagnostic(project.origins, place, said, hint, severity="warning")


def _has_connector(project: Project, settings: StandaloneTarget, scheme: str) -> bool:
    """Return whether the settings give Spark a connector for the scheme."""
    conf = {**project.settings.spark_conf, **settings.spark_conf}
    given = " ".join(str(conf.get(name, "")) for name in ("spark.jars.packages", "spark.jars"))
    return CONNECTORS[scheme].artifact in given


def _secret(project: Project, settings: StandaloneTarget, env: Env) -> Iterator[Diagnostic]:
    if settings.secret and not env.environ.get(settings.secret):
        said = f"the variable `{settings.secret}` with the cluster's secret is not set"
        hint = f"export `{settings.secret}`, or remove `secret` where the cluster has none"
        yield _at(project, "secret", said, hint)


def _cluster(project: Project, settings: StandaloneTarget) -> Iterator[Diagnostic]:
    master = find_master(settings)
    if master.version is not None and line_of(master.version) != project.settings.spark:
        said = (
            f"the cluster runs Spark {master.version}, and the project is written for Spark "
            f"{project.settings.spark}"
        )
        hint = f'use a cluster of the line, or set `spark = "{line_of(master.version)}"`'
        yield _at(project, "master", said, hint)
    if not master.alive:
        yield _at(project, "master", "the cluster has no worker that is alive", "start one")
    elif not room(master.alive, settings.cores, settings.memory):
        largest = ", ".join(sorted(set(sizes(master.alive))))
        said = f"no worker holds an executor of {settings.cores} cores and {settings.memory}"
        yield _at(project, "memory", f"{said}: they have {largest}", "set `cores` and `memory`")


def _at(project: Project, key: str, said: str, hint: str) -> Diagnostic:
    place = ("targets", project.settings.target, key)
    return diagnostic(project.origins, place, said, hint)
