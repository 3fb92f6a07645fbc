"""Wheels built from source: source distributions, directories and git repositories.

uv builds them in isolation with the target's Python, on this machine. What was built is kept by the
digest of its source and by Python and platform, so nothing is built twice.
"""

import os
from pathlib import Path
from typing import Literal

import msgspec

from sparkferry.errors import UserError, WorldError
from sparkferry.layers.cache import Cache, Stored
from sparkferry.layers.environment import host_glibc, tags_of, wheel_tags
from sparkferry.layers.interpreter.prefix import find_prefixes, host_platform
from sparkferry.layers.model import Artifact, Environment, Pin
from sparkferry.layers.wheels.fetch import find_fetched
from sparkferry.layers.wheels.sources import check_out, copy_tree, digest_tree, unpack_archive
from sparkferry.layers.wheels.verified import identity
from sparkferry.progress import Progress
from sparkferry.uv.call import uv

_SOURCE_DATE_EPOCH = "1577836800"
"""2020-01-01T00:00:00Z: the time of the files in a built wheel, so that it is the same next time
(https://reproducible-builds.org/specs/source-date-epoch)."""

_WAYS_OUT = (
    "lock a version that has such a wheel; or pack on a machine like the target; or build the wheel "
    "there, and depend on it by path or from an index of your own"
)


class _Built(msgspec.Struct, frozen=True):
    """A memo: the wheel that a source became."""

    sha256: str


class Builder:
    """Builds wheels for one environment; ``root`` is the project whose settings uv reads."""

    def __init__(
        self, environment: Environment, root: Path, cache: Cache, progress: Progress
    ) -> None:
        self._environment, self._root = environment, root
        self._cache, self._progress = cache, progress

    def wheel(self, pin: Pin) -> Stored:
        """Return the wheel of a pin that is not a wheel, from the cache or built now.

        :raises UserError: its source is not there, or it becomes no wheel for the environment.
        :raises WorldError: the build failed, or the repository is out of reach.
        """
        key = f"build 1 {_source_key(pin.artifact)} {self._environment.minor} {_host()}"
        with self._cache.lock(key):
            built = self._cache.recall(key, _Built)
            wheel = self._cache.find_file("wheels", built.sha256) if built else None
            if wheel is None:
                wheel = self._build_explained(pin)
                self._cache.remember(key, _Built(wheel.sha256))
        suits = f"suits 1 {wheel.path.name} {self._environment} {_host()}"
        self._cache.memo(suits, bool, lambda: self._check(pin, wheel.path.name))
        return wheel

    def _build_explained(self, pin: Pin) -> Stored:
        try:
            with self._progress.task(f"building {title(pin)}", None):
                return self._build(pin)
        except WorldError as error:
            if self._is_foreign():
                raise UserError(
                    f"{self._unsuitable(pin)}: {error.message}", hint=_WAYS_OUT
                ) from error
            raise

    def _build(self, pin: Pin) -> Stored:
        with self._cache.scratch() as directory:
            source = _source(pin.artifact, self._cache, directory / "source")
            made = directory / "wheels"
            arguments = [
                *("build", "--wheel", "--python", self._python()),
                *("--no-create-gitignore", "--out-dir", str(made), str(source)),
            ]
            env = {**os.environ, "SOURCE_DATE_EPOCH": _SOURCE_DATE_EPOCH}
            uv(arguments, action=f"build a wheel of `{title(pin)}`", cwd=self._root, env=env)
            (wheel,) = made.glob("*.whl")
            return self._cache.add_file("wheels", wheel.name, lambda path: _move(wheel, path))

    def _python(self) -> str:
        """Return an interpreter of the target's minor version, or the version for uv to fetch."""
        minor = int(self._environment.minor.split(".")[1])
        found = [
            item for item in find_prefixes(self._cache, range(minor, minor + 1)) if item.native
        ]
        exact = [item for item in found if item.version == self._environment.python]
        return next((str(item.binary) for item in [*exact, *found]), self._environment.minor)

    def _check(self, pin: Pin, filename: str) -> Literal[True]:
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


def title(pin: Pin) -> str:
    """Return name and version, as messages say them."""
    return f"{pin.name} {pin.version}" if pin.version else pin.name


def _host() -> str:
    return f"{host_platform()} {host_glibc()}"


def _source_key(artifact: Artifact) -> str:
    where = artifact.subdirectory or ""
    if artifact.vcs:
        return f"git {artifact.vcs[0]} {artifact.vcs[1]} {where}"
    if artifact.has_digest:
        return f"file {identity(artifact)} {where}"
    return f"directory {digest_tree(Path(artifact.path or ''))} {where}"


def _source(artifact: Artifact, cache: Cache, to: Path) -> Path:
    if artifact.vcs:
        check_out(*artifact.vcs, to)
    elif not artifact.has_digest:
        copy_tree(Path(artifact.path or ""), to)
    else:
        archive = find_fetched(artifact, cache)
        if archive is None:
            raise WorldError(f"could not build `{artifact.name}`: it was not fetched")
        if artifact.subdirectory is None:
            return archive.path
        to = unpack_archive(archive.path, to)
    return to / artifact.subdirectory if artifact.subdirectory else to


def _move(source: Path, to: Path) -> None:
    source.rename(to)
