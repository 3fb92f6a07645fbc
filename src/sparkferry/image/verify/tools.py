"""What an image runs: entry point, interpreter, helpers."""

from collections.abc import Iterator

from sparkferry.errors import Diagnostic
from sparkferry.image.verify.model import CheckInput, error, warning
from sparkferry.image.verify.programs import check_program, which

_INITS = frozenset({"tini", "tini-static", "dumb-init", "catatonit", "docker-init"})
_INTERPRETERS = ("PYSPARK_PYTHON", "PYSPARK_DRIVER_PYTHON")


def check_dataproc_tools(subject: CheckInput) -> Iterator[Diagnostic]:
    """Check for ps and tini, which the service calls."""
    for program, package in (("ps", "procps"), ("tini", "tini")):
        path = which(subject, program)
        if path is None:
            yield error(
                f"`{program}` is not in the image, and Dataproc calls it", f"install `{package}`"
            )
        else:
            yield from check_program(subject, "what Dataproc calls", path)


def check_ps(subject: CheckInput) -> Iterator[Diagnostic]:
    """Check for ps, which scripts of Spark ask whether a process lives."""
    if which(subject, "ps") is None:
        yield warning(
            "`ps` is not in the image: Spark's daemon scripts need it", "install `procps`"
        )


def check_entry_point(subject: CheckInput) -> Iterator[Diagnostic]:
    """Check that what a container runs is there, below an init that forwards signals."""
    argv = subject.config.config.argv
    if not argv:
        yield error("the image has neither entry point nor command", "set its entry point")
        return
    for what, program in zip(
        ("the entry point", "what the init starts"), _started(argv), strict=False
    ):
        path = which(subject, program)
        yield from check_program(subject, what, path or program)
    if argv[0].rpartition("/")[2] not in _INITS:
        yield warning(
            f"`{argv[0]}` becomes the first process of a container: signals may not reach Spark, "
            "and ended processes stay",
            'start it below an init: `ENTRYPOINT ["/usr/bin/tini", "--", …]`',
        )


def _started(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Return the program, and the one that it starts if it is an init."""
    if argv[0].rpartition("/")[2] not in _INITS:
        return argv[:1]
    after = argv[argv.index("--") + 1 :] if "--" in argv else ()
    return (argv[0], *after[:1])


def interpreter(subject: CheckInput) -> str | None:
    """Return the path of the Python that Spark runs; None if the image has none that Spark would find."""
    named = subject.config.config.environ.get("PYSPARK_PYTHON")
    if named is not None:
        return which(subject, named) or named
    # Dataproc runs its own where none is named.
    return None if subject.kind == "dataproc" else which(subject, "python3")


def check_interpreter(subject: CheckInput) -> Iterator[Diagnostic]:
    """Check that the Python that Spark is told to run is there, for this user and platform."""
    environ = subject.config.config.environ
    for name in _INTERPRETERS:
        if value := environ.get(name):
            yield from check_program(subject, name, which(subject, value) or value)
    if "PYSPARK_PYTHON" not in environ:
        yield from _default_interpreter(subject)


def _default_interpreter(subject: CheckInput) -> Iterator[Diagnostic]:
    if subject.kind == "dataproc":
        yield warning(
            "PYSPARK_PYTHON is not set: Dataproc runs its own Python, not the image's",
            "set it to the path of the image's interpreter",
        )
    elif which(subject, "python3") is None:
        yield error(
            "neither PYSPARK_PYTHON nor `python3` on PATH: there is no Python",
            "set PYSPARK_PYTHON to the path of an interpreter in the image",
        )
