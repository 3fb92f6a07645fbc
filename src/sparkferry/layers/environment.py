"""Which wheels and environment markers suit the Python that a target runs."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sparkferry.base.platforms import Platform
from sparkferry.layers.model import Environment

if TYPE_CHECKING:
    from packaging.tags import Tag

MACHINES: dict[Platform, str] = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}
"""Machine names of wheel tags and environment markers, by platform."""

_OLDEST_GLIBC = {"x86_64": 5, "aarch64": 17}
"""Minor version of the oldest glibc 2 that wheels name (PEP 513 and PEP 599)."""

_LEGACY = {5: "manylinux1", 12: "manylinux2010", 17: "manylinux2014"}
"""Older names of three of the tags, by minor version of glibc 2 (PEP 600)."""

_NEWEST_PATCH = "99"
"""Stands for the newest patch release, where only the minor version is known."""


def host_glibc() -> tuple[int, int] | None:
    """Return the version of this machine's glibc, or None where it has another C library."""
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
    except (ValueError, AttributeError):
        return None
    major, _, minor = version.partition(".")
    return (int(major), int(minor.split(".")[0])) if name == "glibc" else None


def full_version(environment: Environment) -> str:
    """Return the environment's Python version with its patch level; the newest where unknown."""
    known = environment.python.count(".") >= 2
    return environment.python if known else f"{environment.python}.{_NEWEST_PATCH}"


def markers(environment: Environment) -> dict[str, str]:
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


def tags_of(filename: str) -> "frozenset[Tag]":
    """Return the tags in a wheel's file name; none where it is not one."""
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        return parse_wheel_filename(filename)[3]
    except InvalidWheelFilename:
        return frozenset()


def platform_tags(environment: Environment) -> Iterator[str]:
    """Yield the platform tags of the environment, newest glibc first (PEP 600)."""
    machine = MACHINES[environment.platform]
    for minor in range(environment.glibc[1], _OLDEST_GLIBC[machine] - 1, -1):
        yield f"manylinux_2_{minor}_{machine}"
        if minor in _LEGACY:
            yield f"{_LEGACY[minor]}_{machine}"
    yield f"linux_{machine}"
