"""Which interpreter a target gets."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.base.platforms import Platform
from sparkferry.errors import ExternalError, UserError
from sparkferry.layers.interpreter.managed import install
from sparkferry.layers.interpreter.pinned import pinned_version
from sparkferry.layers.interpreter.prefix import Prefix, find_prefixes, running_prefix
from sparkferry.progress import Progress
from sparkferry.project.model import Project


class PythonRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What the interpreter must be."""

    wanted: str | None
    """The target's Python, as ``3.12`` or ``3.12.1``; None where it leaves the choice."""
    requires_python: str
    """The project's PEP 440 specifiers; they decide where nothing is ``wanted``."""
    oldest: str
    """Oldest minor version that the target's Spark runs on, as ``3.9``."""
    newest: str
    """Newest one."""
    platform: Platform
    pinned: str | None = None
    """What `.python-version` asks for where nothing is ``wanted``, if it suits; in the same form."""

    @property
    def minors(self) -> range:
        """The minor versions in question, as numbers after ``3.``."""
        version = self.wanted or self.pinned
        if version:
            minor = _minor(version)
            return range(minor, minor + 1)
        return range(_minor(self.oldest), _minor(self.newest) + 1)


def python_request(project: Project, minors: Sequence[str], platform: Platform) -> PythonRequest:
    """Return what the project wants of a Python for ``platform`` that is one of ``minors``, in order."""
    wanted = project.target.python
    return PythonRequest(
        wanted=wanted,
        requires_python=project.requires_python,
        oldest=minors[0],
        newest=minors[-1],
        platform=platform,
        pinned=None if wanted else pinned_version(project, minors),
    )


def choose_prefix(wish: PythonRequest, cache: Cache, progress: Progress) -> Prefix:
    """Return the best installation that fits, fetching a standalone build where none does.

    With a version wanted: a standalone build first, then what runs sparkferry, then the newest.
    With none wanted: what runs sparkferry first, since the user's own tests ran on it; then the
    newest minor version, standalone builds first. Of a pinned patch release that is not installed,
    another patch release is taken; of a pinned version that cannot be had, what would be without.

    :raises UserError: ``requires-python`` excludes every Python that the target's Spark runs on.
    :raises ExternalError: none is installed and none could be fetched; the hint names the choices.
    """
    if wish.pinned:
        pinned = _pinned(wish, wish.pinned, cache, progress)
        if pinned:
            return pinned
        wish = msgspec.structs.replace(wish, pinned=None)
    found = _installed(wish, cache)
    return best(found or _fetched(wish, cache, progress), wish, running_prefix())


def _pinned(wish: PythonRequest, version: str, cache: Cache, progress: Progress) -> Prefix | None:
    for pinned in dict.fromkeys((version, f"3.{_minor(version)}")):
        closer = msgspec.structs.replace(wish, pinned=pinned)
        found = _installed(closer, cache)
        if found:
            return best(found, closer, running_prefix())
    try:
        return best(_fetched(wish, cache, progress), wish, running_prefix())
    except ExternalError:
        return None


def _installed(wish: PythonRequest, cache: Cache) -> list[Prefix]:
    there = tuple(find_prefixes(cache, wish.minors))
    # Remembered, since the import of `packaging` takes longer than all else when nothing has changed.
    key = f"fitting {wish} {there}"
    return cache.memo(key, list[Prefix], lambda: fitting(wish, there))


def best(found: Iterable[Prefix], wish: PythonRequest, running: Path) -> Prefix:
    """Return the first choice among installations that fit; ``running`` is what runs sparkferry."""
    return max(found, key=lambda prefix: _rank(prefix, wish, running))


def _fetched(wish: PythonRequest, cache: Cache, progress: Progress) -> list[Prefix]:
    version = wish.wanted or wish.pinned or _newest_allowed(wish)
    place = install(version, wish.platform, cache, progress)
    found = fitting(wish, find_prefixes(cache, wish.minors, place))
    if not found:
        raise ExternalError(
            f"could not find `Python {wish.requires_python}` for {wish.platform}: none is installed "
            f"here, and the newest {version} that uv offers does not satisfy it",
            hint="install one that does, or widen `requires-python`",
        )
    return found


def fitting(wish: PythonRequest, prefixes: Iterable[Prefix]) -> list[Prefix]:
    """Return those of the target's platform whose version is allowed."""
    from packaging.specifiers import SpecifierSet

    here = [prefix for prefix in prefixes if prefix.platform == wish.platform]
    version = wish.wanted or wish.pinned
    if version:
        here = [prefix for prefix in here if f"{prefix.version}.".startswith(f"{version}.")]
    if wish.wanted:
        return here
    allowed = SpecifierSet(wish.requires_python)
    return [prefix for prefix in here if allowed.contains(prefix.version)]


def _rank(prefix: Prefix, wish: PythonRequest, running: Path) -> tuple[object, ...]:
    runs_us = prefix.path.resolve() == running
    version = tuple(map(int, prefix.version.split(".")))
    if wish.wanted:
        return (prefix.managed, runs_us, version, str(prefix.path))
    return (runs_us, version[:2], prefix.managed, version, str(prefix.path))


def _newest_allowed(wish: PythonRequest) -> str:
    from packaging.specifiers import SpecifierSet

    allowed = SpecifierSet(wish.requires_python)
    for minor in reversed(wish.minors):
        # A patch release that no minor version reaches: `>=3.12.4` must not exclude 3.12.
        if allowed.contains(f"3.{minor}.99"):
            return f"3.{minor}"
    raise UserError(
        f'could not choose a Python for `requires-python = "{wish.requires_python}"`: the target\'s '
        f"Spark runs on {wish.oldest} to {wish.newest}",
        hint="widen `requires-python`, or choose another Spark line",
    )


def _minor(version: str) -> int:
    return int(version.split(".")[1])
