"""What of a project does not go together with its Spark: Java, Python, packages."""

from collections.abc import Iterator, Mapping

from sparkferry.errors import Diagnostic, Severity, UserError
from sparkferry.project.model import Project
from sparkferry.project.places import diagnostic
from sparkferry.spark.java import find_java
from sparkferry.spark.versions import LINES, SparkLine, line_of


def check_java(spark: str, environ: Mapping[str, str]) -> tuple[Diagnostic, ...]:
    """Return an error if this machine has no Java that a line of Spark runs on."""
    line = LINES.get(spark)
    return () if line is None else tuple(_java(line, environ))


def check_versions(
    project: Project, python: str | None, packages: Mapping[str, str]
) -> tuple[Diagnostic, ...]:
    """Return what does not go together with the version of Spark, for the project's target.

    ``python`` is the version that it gets, None where that is not known; ``packages`` is the version
    by normalised name of everything that the lock names, ``pyspark`` included if it does.
    """
    line = LINES.get(project.settings.spark)
    if line is None:
        said = f"Spark {project.settings.spark} is not known"
        hint = f"known lines are {', '.join(LINES)}"
        return (diagnostic(project.origins, ("spark",), said, hint),)
    return (
        *_python(project, line, python, packages),
        *_pyspark(project, line, packages.get("pyspark")),
        *_packages(line, packages),
    )


def _java(line: SparkLine, environ: Mapping[str, str]) -> Iterator[Diagnostic]:
    try:
        find_java(line, environ)
    except UserError as error:
        yield Diagnostic("error", error.message, error.hint)


def _python(
    project: Project, line: SparkLine, python: str | None, packages: Mapping[str, str]
) -> Iterator[Diagnostic]:
    name = project.settings.target
    version = python or project.settings.targets[name].python
    if version is None or _holds(line.python, version):
        return
    # Newer Pythons than a Spark was made for mostly work, except where they are known not to.
    broken = not _holds(line.pandas_python, version) and "pandas" in packages
    older = not _holds(line.python.partition(",")[0], version)
    severity: Severity = "error" if older or broken else "warning"
    with_pandas = " with pandas" if broken else ""
    said = (
        f"Spark {line.line}{with_pandas} runs on Python {line.python}, and the target has {version}"
    )
    hint = f'set `python` of the target to another version, as `python = "{_newest(line)}"`'
    place = ("targets", name, "python")
    yield diagnostic(project.origins, place, said, hint, severity=severity)


def _pyspark(project: Project, line: SparkLine, locked: str | None) -> Iterator[Diagnostic]:
    if locked is not None and line_of(locked) != line.line:
        said = f"the lock names pyspark {locked}, and the project is written for Spark {line.line}"
        hint = (
            f'require `pyspark=={line.line}.*` and lock again, or set `spark = "{line_of(locked)}"`'
        )
        yield diagnostic(project.origins, ("spark",), said, hint)
    elif locked is None:
        yield from _required_pyspark(project, line)


def _required_pyspark(project: Project, line: SparkLine) -> Iterator[Diagnostic]:
    """Yield the requirements of pyspark that exclude the whole line."""
    from packaging.requirements import InvalidRequirement, Requirement

    for text in project.dependencies:
        try:
            wanted = Requirement(text)
        except InvalidRequirement:
            continue
        if wanted.name.lower() == "pyspark" and not wanted.specifier.contains(line.newest):
            said = f"`{text}` excludes Spark {line.newest}, which the target runs"
            hint = f"require `pyspark=={line.line}.*`: it is never shipped, but tests use it"
            yield diagnostic(project.origins, ("spark",), said, hint)


def _packages(line: SparkLine, packages: Mapping[str, str]) -> Iterator[Diagnostic]:
    for name, wanted in line.needs.items():
        if name in packages and not _holds(wanted, packages[name]):
            said = f"Spark {line.line} refuses {name} {packages[name]}: it needs {name}{wanted}"
            yield Diagnostic("error", said, f"require `{name}{wanted}` and lock again")
    for name, wanted in line.advised.items():
        if name in packages and not _holds(wanted, packages[name]):
            said = f"parts of PySpark {line.line} fail with {name} {packages[name]}"
            yield Diagnostic("warning", said, f"require `{name}{wanted}` and lock again")


def _holds(specifiers: str, version: str) -> bool:
    """Return whether ``version`` is among PEP 440 ``specifiers``; a minor version stands for itself."""
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(specifiers).contains(version, prereleases=True)


def _newest(line: SparkLine) -> str:
    """Return the newest Python of the line: the minor version before its upper bound."""
    return f"3.{int(line.python.rpartition('.')[2]) - 1}"
