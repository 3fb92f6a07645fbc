"""The Python that a target runs: how it is chosen, and which wheels and markers suit it."""

import os
import platform
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from sparkferry.errors import UserError
from sparkferry.layers.model import Environment
from sparkferry.project.model import Platform, Project, Target

if TYPE_CHECKING:
    from packaging.markers import Environment as Markers
    from packaging.tags import Tag

MACHINES: dict[Platform, str] = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}
"""Machine names of wheel tags and environment markers, by platform."""

_OLDEST_GLIBC = {"x86_64": 5, "aarch64": 17}
"""Minor version of the oldest glibc 2 that wheels name (PEP 513 and PEP 599)."""

_LEGACY = {5: "manylinux1", 12: "manylinux2010", 17: "manylinux2014"}
"""Older names of three of the tags, by minor version of glibc 2 (PEP 600)."""

_NEWEST_PATCH = "99"
"""Stands for the newest patch release, where only the minor version is known."""


def host_platform() -> Platform | None:
    """Return this machine's platform, or None where no target could be like it."""
    if sys.platform != "linux":
        return None
    machine = platform.machine()
    return next((name for name, value in MACHINES.items() if value == machine), None)


def host_glibc() -> tuple[int, int] | None:
    """Return the version of this machine's glibc, or None where it has another C library."""
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
    except (ValueError, AttributeError):
        return None
    major, _, minor = version.partition(".")
    return (int(major), int(minor.split(".")[0])) if name == "glibc" else None


def environment_for(
    project: Project, target: Target, *, available: Iterable[str], allowed: str
) -> Environment:
    """Return the environment of a target on this machine.

    Its Python is the target's own setting, else the newest of the ``available`` versions that
    satisfies the project's ``requires-python`` and ``allowed``, what the Spark line runs on.

    :raises UserError: no Python suits, or this machine runs no packed interpreter.
    """
    machine, glibc = host_platform(), host_glibc()
    if machine is None or glibc is None:
        raise UserError(
            f"could not use this machine as a target: {sys.platform} on {platform.machine()} is "
            "not Linux with glibc on amd64 or arm64",
            hint="choose a remote target with --target, or run sparkferry in a Linux machine",
        )
    python = target.python or _newest(project, list(available), allowed)
    return Environment(python=python, platform=machine, glibc=glibc)


def full_version(environment: Environment) -> str:
    """Return the environment's Python version with its patch level; the newest where unknown."""
    known = environment.python.count(".") >= 2
    return environment.python if known else f"{environment.python}.{_NEWEST_PATCH}"


def markers(environment: Environment) -> "Markers":
    """Return the values of PEP 508's environment markers."""
    full = full_version(environment)
    return {
        "implementation_name": "cpython",
        "implementation_version": full,
        "os_name": "posix",
        "platform_machine": MACHINES[environment.platform],
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": full,
        "python_version": environment.minor,
        "sys_platform": "linux",
    }


def wheel_tags(environment: Environment) -> "list[Tag]":
    """Return the wheel tags that the environment can install, best first."""
    from packaging.tags import compatible_tags, cpython_tags

    major, minor = (int(part) for part in environment.minor.split("."))
    interpreter = f"cp{major}{minor}"
    platforms = list(platform_tags(environment))
    return [
        *cpython_tags((major, minor), abis=[interpreter], platforms=platforms),
        *compatible_tags((major, minor), interpreter=interpreter, platforms=platforms),
    ]


def platform_tags(environment: Environment) -> Iterator[str]:
    """Yield the platform tags of the environment, newest glibc first (PEP 600)."""
    machine = MACHINES[environment.platform]
    for minor in range(environment.glibc[1], _OLDEST_GLIBC[machine] - 1, -1):
        yield f"manylinux_2_{minor}_{machine}"
        if minor in _LEGACY:
            yield f"{_LEGACY[minor]}_{machine}"
    yield f"linux_{machine}"


def _newest(project: Project, available: list[str], allowed: str) -> str:
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

    wanted = SpecifierSet(project.requires_python) & SpecifierSet(allowed)
    suitable = [version for version in available if wanted.contains(version)]
    if suitable:
        return max(suitable, key=Version)
    found = ", ".join(sorted(set(available), key=Version)) or "none"
    raise UserError(
        f"could not choose a Python for `{project.name}`: it needs {wanted}, and found is {found}",
        hint="install one, for example with `uv python install`, or name it as `python` of the target",
    )
