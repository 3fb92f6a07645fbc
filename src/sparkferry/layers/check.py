"""What `sparkferry check` says about the lock: everything that is wrong with it, at once."""

from collections.abc import Iterator

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.errors import (
    Diagnostic,
    DiagnosticsError,
    SparkferryError,
    UserError,
    as_diagnostic,
)
from sparkferry.layers.environment import host_glibc
from sparkferry.layers.interpreter.prefix import host_platform
from sparkferry.layers.locks.find import SPARK_PACKAGES, Found, find_pins
from sparkferry.layers.locks.freshness.findings import freshness_findings
from sparkferry.layers.locks.lock import Lock, find_lock, read_toml
from sparkferry.layers.locks.problems import line_of
from sparkferry.layers.locks.requirements.hash_mode import hashes_required
from sparkferry.layers.locks.requirements.read import read_requirements
from sparkferry.layers.model import Environment, Pin
from sparkferry.project.model import Project


def check_lock(project: Project, environment: Environment, cache: Cache) -> tuple[Diagnostic, ...]:
    """Return what is wrong with the project's lock, or may be, for ``environment``.

    Nothing is fetched or built. An index is asked only for requirements that are not a lock by
    themselves.
    """
    try:
        lock = find_lock(project)
    except UserError as error:
        return (as_diagnostic(error, "pyproject.toml"),)
    return tuple(_findings(project, lock, environment, cache)) if lock else ()


def _findings(
    project: Project, lock: Lock, environment: Environment, cache: Cache
) -> Iterator[Diagnostic]:
    try:
        if lock.kind != "requirements":
            read_toml(lock)
        yield from _unpinned(lock)
    except SparkferryError as error:
        yield as_diagnostic(error, lock.name)
        return
    pins, problems = _pins(project, lock, environment, cache)
    yield from problems
    yield from freshness_findings(project, lock, None if problems else pins, environment)
    yield from _other_spark(project, lock, pins)
    yield from _to_build(lock, pins, environment)


def _pins(project: Project, lock: Lock, environment: Environment, cache: Cache) -> Found:
    """Return the pins of all that the lock names, what a target brings included, and what is wrong."""
    everything = msgspec.structs.replace(environment, brings_spark=False)
    try:
        return find_pins(project, lock, everything, cache)
    except DiagnosticsError as error:
        return (), error.diagnostics
    except SparkferryError as error:
        return (), (as_diagnostic(error, lock.name),)


def _unpinned(lock: Lock) -> Iterator[Diagnostic]:
    if lock.kind == "requirements" and not _has_hashes(lock):
        yield Diagnostic(
            "warning",
            f"`{lock.name}` has no hashes: it is resolved once on each machine, and another one "
            "may get other versions",
            "pin it: `uv pip compile --universal --generate-hashes`, or `uv lock`",
            lock.name,
        )


def _has_hashes(lock: Lock) -> bool:
    return hashes_required(read_requirements(lock.path, lock.name), lock.path.parent)


def _other_spark(project: Project, lock: Lock, pins: tuple[Pin, ...]) -> Iterator[Diagnostic]:
    line = project.settings.spark
    for pin in pins:
        # pyspark itself, which dev groups name, too, is `sparkferry.spark.check`'s.
        if (
            pin.name in SPARK_PACKAGES - {"py4j", "pyspark"}
            and pin.version
            and _minor(pin.version) != line
        ):
            yield Diagnostic(
                "error",
                f"the lock has {pin.name} {pin.version}, the project is written for Spark {line}",
                f"depend on `{pin.name}=={line}.*` and lock again, or set `spark` to "
                f"{_minor(pin.version)} in [tool.sparkferry]",
                lock.name,
                line_of(lock, pin.name),
            )


def _to_build(lock: Lock, pins: tuple[Pin, ...], environment: Environment) -> Iterator[Diagnostic]:
    glibc = host_glibc()
    if environment.platform == host_platform() and glibc and glibc <= environment.glibc:
        return
    for pin in pins:
        if not pin.artifact.is_wheel and pin.name not in SPARK_PACKAGES:
            yield Diagnostic(
                "warning",
                f"{pin.name} has no wheel for {environment.platform}: it can be built here only if "
                "it is pure Python",
                "lock a version that has such a wheel, or pack on a machine like the target",
                lock.name,
                line_of(lock, pin.name),
            )


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])
