"""The packages that an image begins with where its base is made of Debian packages, with reasons."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

BASE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "base-files": "the directories of the system, os-release, licences",
        "base-passwd": "the users and groups that Debian's files belong to",
        "bash": "Spark's scripts are written for it",
        "ca-certificates": "TLS to object stores and registries",
        "coreutils": "what every script calls",
        "dash": "/bin/sh",
        "debianutils": "which, run-parts; bash and dash depend on it",
        "findutils": "find and xargs, called by Spark's scripts",
        "grep": "called by Spark's scripts",
        "gzip": "unpacking of archives by executors",
        "hostname": "called by Spark's daemon scripts",
        "libc-bin": "ldconfig, which Python's ctypes asks for libraries; getent, locale",
        "libstdc++6": "wheels may expect it of the system (PEP 600)",
        "netbase": "names of protocols and services",
        "sed": "called by Spark's scripts",
        "tar": "unpacking of archives by executors",
        "tzdata": "time zones of Python and Java",
        "zlib1g": "wheels may expect it of the system (PEP 600)",
    }
)
"""Reason by package."""


def base_seeds() -> tuple[str, ...]:
    """Return the names of the packages of a base, sorted."""
    return tuple(sorted(BASE))
