"""What a run needs of this machine, before anything is packed."""

from collections.abc import Iterator
from pathlib import Path

from sparkferry.carriers.container_engine import Engine
from sparkferry.env import Env
from sparkferry.errors import Diagnostic, UserError
from sparkferry.findings import collected
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.project.model import Project
from sparkferry.project.places import diagnostic
from sparkferry.spark.check import check_java
from sparkferry.spark.distribution import own_spark_home
from sparkferry.spark.versions import line_of
from sparkferry.targets.local.facts import brings_java
from sparkferry.targets.local.paths import check_paths


def check_local(project: Project, settings: LocalTarget, env: Env) -> Iterator[Diagnostic]:
    """Yield what keeps runs of the project from being started here."""
    yield from _own_spark(project, settings)
    if not brings_java(project, settings):
        yield from check_java(project.settings.spark, env.environ)
    yield from collected(lambda: check_paths(project, settings, env))
    yield from collected(lambda: _containers(project, settings))


def _own_spark(project: Project, settings: LocalTarget) -> Iterator[Diagnostic]:
    """Yield what is wrong with the target's own SPARK_HOME."""
    home, line = settings.spark_home, project.settings.spark
    if home is None:
        return
    place = ("targets", project.settings.target, "spark-home")
    try:
        version = own_spark_home(project.root / Path(home).expanduser()).version
    except UserError as error:
        yield diagnostic(project.origins, place, error.message, error.hint)
        return
    if line_of(version) != line:
        said = f"`{home}` holds Spark {version}, and the project is written for Spark {line}"
        hint = f'use a Spark {line}, or set `spark = "{line_of(version)}"`'
        yield diagnostic(project.origins, place, said, hint)


def _containers(project: Project, settings: LocalTarget) -> tuple[Diagnostic, ...]:
    """Find out whether containers of the target's image can be started here.

    :raises UserError: the image is for other machines.
    :raises ExternalError: the engine is not there, or does not answer.
    """
    if settings.container is not None:
        from sparkferry.image.run_image import for_this_machine

        for_this_machine(project)
        Engine(settings.container).check()
    return ()
