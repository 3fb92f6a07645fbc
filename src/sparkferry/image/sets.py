"""The Debian packages of an image, in the sets that become its layers: base, packages, Java.

Each set is resolved upon those below it, so that a package more changes only its own set.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import msgspec

from sparkferry.image.bases import Base
from sparkferry.image.debian.model import (
    ARCHITECTURES,
    DebianLock,
    Installed,
    Locked,
    PackageRequest,
)
from sparkferry.image.lock import ImageLock
from sparkferry.image.model import Role
from sparkferry.image.recipe import Recipe
from sparkferry.project.image_rules import DEBIAN_BASES

if TYPE_CHECKING:
    from sparkferry.image.debian.index import Index


class DebianSet(msgspec.Struct, frozen=True, kw_only=True):
    """The packages of one role."""

    role: Role
    packages: tuple[Locked, ...]


def locked_sets(
    recipe: Recipe,
    installed: Sequence[Installed],
    lock: ImageLock,
    indices: "Callable[[], Sequence[Index]]",
) -> tuple[tuple[DebianSet, ...], ImageLock]:
    """Return the sets of the recipe's packages, and the lock with all of them in it.

    ``installed`` is what the base image has. ``indices`` is called only if the lock lacks a set.

    :raises UserError: there is no such package, or packages do not go together.
    :raises ExternalError: the mirror is out of reach.
    """
    found = []
    present = [*installed]
    for role, seeds in _wanted(recipe):
        wish = PackageRequest(
            suite=recipe.suite,
            architecture=ARCHITECTURES[recipe.platform],
            seeds=seeds,
            installed=tuple(present),
        )
        debian = lock.packages(wish) or _resolved(wish, indices())
        lock = lock.with_packages(wish, debian)
        found.append(DebianSet(role=role, packages=debian.packages))
        present += map(_as_installed, debian.packages)
    return tuple(found), lock


def _resolved(wish: PackageRequest, indices: "Sequence[Index]") -> DebianLock:
    from sparkferry.image.debian.resolver import resolve

    return resolve(wish, indices)


def _wanted(recipe: Recipe) -> Iterator[tuple[Role, tuple[str, ...]]]:
    if recipe.base in DEBIAN_BASES:
        yield "base", base_seeds()
    yield "debian", tuple(sorted({*recipe.kind.packages, *recipe.packages}))
    if recipe.kind.java:
        yield "java", recipe.kind.java


def _as_installed(package: Locked) -> Installed:
    return Installed(
        name=package.name,
        version=package.version,
        architecture=package.architecture,
        provides=package.provides,
    )


FORMAT = 1
"""Raised whenever the same packages give other layers."""


class BaseInputs(msgspec.Struct, frozen=True, kw_only=True):
    """What the layers below ours are made of."""

    recipe: Recipe
    base: Base
    sets: tuple[DebianSet, ...]


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
