"""The project's lock file: which one it is."""

import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import msgspec

from sparkferry.errors import UserError
from sparkferry.files import sha256_file
from sparkferry.project.model import Project
from sparkferry.text import read_toml_or_empty, read_toml_text

LockKind = Literal["uv", "poetry", "pylock", "requirements"]

_PATTERNS: tuple[tuple[str, LockKind], ...] = (
    ("uv.lock", "uv"),
    ("poetry.lock", "poetry"),
    ("pylock.toml", "pylock"),
    ("pylock.*.toml", "pylock"),
    ("requirements.txt", "requirements"),
)


class Lock(msgspec.Struct, frozen=True, kw_only=True):
    """A lock file that is there."""

    kind: LockKind
    path: Path
    """Absolute."""
    name: str
    """As messages and records name it: the path relative to the project, POSIX separators."""
    sha256: str


def find_lock(project: Project) -> Lock | None:
    """Return the lock file that the project names, or the only one that there is.

    None means that the project has no lock and depends on nothing.

    :raises UserError: there is none although there are dependencies, or there are several.
    """
    if project.settings.lock:
        return _named(project, project.settings.lock)
    found = list(_candidates(project.root))
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise UserError(
            f"could not choose a lock of `{project.name}`: there are several: {names}",
            hint=f'name one in [tool.sparkferry], as `lock = "{found[0].name}"`',
        )
    if found:
        return _lock(project.root, found[0])
    if _has_dependencies(project):
        raise UserError(
            f"could not find a lock of `{project.name}`: there is no uv.lock, poetry.lock, "
            "pylock.toml or requirements.txt beside its pyproject.toml",
            hint=how_to_lock(project),
        )
    return None


@contextmanager
def reading(lock: Lock) -> Iterator[None]:
    """Make what goes wrong while the content of a lock is read the lock's fault.

    :raises UserError: the block found something else than a lock.
    """
    try:
        yield
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise UserError(
            f"could not read the lock `{lock.name}`: {type(error).__name__}: {error}",
            hint="it was edited or merged by hand: lock again",
        ) from error


def read_toml(lock: Lock) -> dict[str, Any]:
    """Return the content of a lock of any kind but requirements.

    :raises UserError: it is no TOML.
    """
    with reading(lock):
        return tomllib.loads(read_toml_text(lock.path, lock.name))


def read_pyproject(root: Path) -> dict[str, Any]:
    """Return the content of the project's pyproject.toml; empty where there is none or it is broken."""
    return read_toml_or_empty(root / "pyproject.toml")


def _named(project: Project, name: str) -> Lock:
    path = project.root / name
    if not path.is_file():
        raise UserError(
            f"could not read the lock `{name}`: there is no such file in `{project.root}`",
            hint=how_to_lock(project),
        )
    return _lock(project.root, path)


def _lock(root: Path, path: Path) -> Lock:
    kind = next((kind for pattern, kind in _PATTERNS if path.match(pattern)), None)
    kind = kind or ("requirements" if path.suffix in {".txt", ".in"} else None)
    if kind is None:
        raise UserError(
            f"could not read the lock `{path.name}`: its name is of no kind of lock",
            hint="locks are uv.lock, poetry.lock, pylock.toml, pylock.<name>.toml or *.txt",
        )
    name = Path(os.path.relpath(path, root)).as_posix()
    return Lock(kind=kind, path=path, name=name, sha256=sha256_file(path))


def _candidates(root: Path) -> Iterator[Path]:
    for pattern, _ in _PATTERNS:
        yield from sorted(path for path in root.glob(pattern) if path.is_file())
    workspace = _workspace(root)
    if workspace:
        yield workspace


def _workspace(root: Path) -> Path | None:
    """Return the lock of the uv workspace that the project is a member of."""
    for parent in root.parents:
        lock = parent / "uv.lock"
        if lock.is_file() and "workspace" in _table(read_pyproject(parent), "tool", "uv"):
            return lock
    return None


def _table(document: dict[str, Any], *keys: str) -> dict[str, Any]:
    for key in keys:
        document = document.get(key, {})
    return document


def _has_dependencies(project: Project) -> bool:
    """Tell whether there is anything to lock, in the ways of PEP 621 and of Poetry."""
    document = read_pyproject(project.root)
    dynamic = "dependencies" in _table(document, "project").get("dynamic", [])
    poetry = set(_table(document, "tool", "poetry", "dependencies")) - {"python"}
    return bool(project.dependencies or dynamic or poetry or project.settings.packages.groups)


def how_to_lock(project: Project) -> str:
    """Return the hint that says how to make the lock."""
    poetry = "poetry" in _table(read_pyproject(project.root), "tool")
    return f"make one with `{'poetry' if poetry else 'uv'} lock`"
