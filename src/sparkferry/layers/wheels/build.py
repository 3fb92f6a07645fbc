"""Wheels built from source: source distributions, directories and git repositories.

uv builds them in isolation with the target's Python, on this machine. What was built is kept by the
digest of its source and by Python and platform, so nothing is built twice.

A build sees the variables that every call of uv sees, without those that name a Git repository, so
backends give the version that they give in the same shell. Variables that change what is built, as
``SETUPTOOLS_SCM_PRETEND_VERSION``, have their effect, and are part of what a wheel is kept by.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from sparkferry.base.cache import Cache, Stored
from sparkferry.errors import Diagnostic, ExternalError, UserError
from sparkferry.layers.environment import host_glibc, tags_of, wheel_tags
from sparkferry.layers.interpreter.prefix import find_prefixes, host_platform
from sparkferry.layers.model import Pin, Selection
from sparkferry.layers.wheels.built import disagreement, doubts, hinting, unlike_lock
from sparkferry.layers.wheels.git_environ import building
from sparkferry.layers.wheels.named import title
from sparkferry.layers.wheels.repository import Repositories
from sparkferry.layers.wheels.sources import Source, source_of
from sparkferry.layers.wheels.surroundings import end_of_searches
from sparkferry.progress import Progress
from sparkferry.uv.call import uv
from sparkferry.uv.project import project_settings

_FORMAT = 2
"""Raised whenever the same source gives another wheel, or other warnings."""

_BUILD_VARIABLES = (
    *("SETUPTOOLS_", "VCS_VERSIONING", "HATCH_", "PDM_BUILD_", "PBR_", "VERSIONEER_"),
    *("POETRY_DYNAMIC_VERSIONING", "UV_DYNAMIC_VERSIONING", "FLIT_", "MATURIN_", "SKBUILD_"),
    *("CMAKE_", "CYTHON", "CC", "CXX", "CFLAGS", "CPPFLAGS", "CXXFLAGS", "LDFLAGS", "RUSTFLAGS"),
)
"""Beginnings of the names of variables that build backends and compilers read."""

_WAYS_OUT = (
    "lock a version that has such a wheel; or pack on a machine like the target; or build the wheel "
    "there, and depend on it by path or from an index of your own"
)


class _Kept(msgspec.Struct, frozen=True):
    """A memo: the wheel that a source became, and what is doubtful about it."""

    sha256: str
    warnings: tuple[Diagnostic, ...]


class Built(msgspec.Struct, frozen=True):
    """A wheel that was built here."""

    wheel: Stored
    warnings: tuple[Diagnostic, ...]
    """What is doubtful about it."""


class Builder:
    """Builds the wheels of one selection, with the settings of uv that its project has."""

    def __init__(self, selection: Selection, cache: Cache, progress: Progress) -> None:
        self._selection, self._environment = selection, selection.environment
        self._root = Path(selection.root)
        self._cache, self._progress = cache, progress
        self._repositories = Repositories()

    def wheel(self, pin: Pin) -> Built:
        """Return the wheel of a pin that is not a wheel, from the cache or built now.

        :raises UserError: its source is not there, or it becomes no wheel for the environment, or
            one of another package or version than locked.
        :raises ExternalError: the build failed, or the repository is out of reach.
        """
        source = source_of(pin, self._root, self._cache, self._repositories)
        key = f"build {_FORMAT} {self._key(pin, source)}"
        with self._cache.lock(key):
            kept = self._cache.recall(key, _Kept)
            wheel = self._cache.find_file("wheels", kept.sha256) if kept else None
            built = Built(wheel, kept.warnings) if kept and wheel else None
            if built is None:
                built = self._build_explained(pin, source)
                self._cache.remember(key, _Kept(built.wheel.sha256, built.warnings))
        name = built.wheel.path.name
        suits = f"suits 1 {name} {self._environment} {_host()}"
        self._cache.memo(suits, bool, lambda: self._suits(pin, name))
        more = unlike_lock(pin, name, self._selection, self._cache)
        return Built(built.wheel, (*built.warnings, more)) if more else built

    def _key(self, pin: Pin, source: Source) -> str:
        """Return all that a wheel depends on."""
        settings = [table for _, table in project_settings(self._root)]
        variables = {
            name: value
            for name, value in sorted(os.environ.items())
            if name.startswith(_BUILD_VARIABLES)
        }
        place = f"{self._environment.minor} {_host()}"
        return f"{pin.name} {pin.version} {source.key} {place} {variables} {settings}"

    def _build_explained(self, pin: Pin, source: Source) -> Built:
        try:
            with self._progress.task(f"building {title(pin)}", None):
                return self._build_as_locked(pin, source)
        except ExternalError as error:
            if self._is_foreign():
                raise UserError(
                    f"{self._unsuitable(pin)}: {error.message}", hint=_WAYS_OUT
                ) from error
            raise

    def _build_as_locked(self, pin: Pin, source: Source) -> Built:
        """Build, and if need be again with the tags that a remote repository got meanwhile."""
        built, problem = self._build(pin, source, source.put)
        if problem and source.refresh:
            built, problem = self._build(pin, source, source.refresh)
        if problem:
            raise problem
        return built

    def _build(
        self, pin: Pin, source: Source, put: Callable[[Path], Path]
    ) -> tuple[Built, UserError | None]:
        """Return the wheel, and why it is not the locked one."""
        with self._cache.scratch() as scratch:
            tree, made = scratch / "source", scratch / "wheels"
            tree.mkdir()
            end_of_searches(scratch)
            copy = put(tree)
            env = {
                **building(os.environ, scratch),
                "SOURCE_DATE_EPOCH": str(source.epoch),
                # A build backend in the tree would leave bytecode there, and Git call the tree changed.
                "PYTHONDONTWRITEBYTECODE": "1",
            }
            arguments = [
                *("build", "--wheel", "--python", self._python()),
                *("--no-create-gitignore", "--out-dir", str(made), str(copy)),
            ]
            with hinting(copy, source):
                uv(arguments, action=f"build a wheel of `{title(pin)}`", cwd=self._root, env=env)
            (wheel,) = made.glob("*.whl")
            stored = self._cache.add_file("wheels", wheel.name, lambda path: _move(wheel, path))
            problem = disagreement(pin, stored.path, source)
            return Built(stored, doubts(pin, stored.path, copy, source)), problem

    def _python(self) -> str:
        """Return an interpreter of the target's minor version, or the version for uv to fetch."""
        minor = int(self._environment.minor.split(".")[1])
        found = [
            item for item in find_prefixes(self._cache, range(minor, minor + 1)) if item.native
        ]
        exact = [item for item in found if item.version == self._environment.python]
        return next((str(item.binary) for item in [*exact, *found]), self._environment.minor)

    def _suits(self, pin: Pin, filename: str) -> Literal[True]:
        tags = tags_of(filename)
        compiled = not any(tag.platform == "any" for tag in tags)
        if tags.isdisjoint(wheel_tags(self._environment)) or (compiled and self._is_foreign()):
            reason = f"built here from source, it becomes `{filename}`"
            raise UserError(f"{self._unsuitable(pin)}: {reason}", hint=_WAYS_OUT)
        return True

    def _is_foreign(self) -> bool:
        """Tell whether what is compiled here may not run there: it may need the glibc of here."""
        glibc = host_glibc()
        return (
            glibc is None
            or glibc > self._environment.glibc
            or host_platform() != self._environment.platform
        )

    def _unsuitable(self, pin: Pin) -> str:
        place = f"Python {self._environment.minor} on {self._environment.platform}"
        return f"could not carry `{title(pin)}`: the lock has no wheel of it for {place}"


def _host() -> str:
    return f"{host_platform()} {host_glibc()}"


def _move(source: Path, to: Path) -> None:
    source.rename(to)
