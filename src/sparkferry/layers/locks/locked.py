"""What a lock names for one package, dev groups included, without resolving anything."""

from typing import TYPE_CHECKING, Any

from sparkferry.base.cache import Cache
from sparkferry.layers.locks.lock import Lock, find_lock, read_toml, reading
from sparkferry.project.model import Project

if TYPE_CHECKING:
    from sparkferry.layers.locks.requirements.model import Line


def locked_version(lock: Lock, name: str) -> str | None:
    """Return the version that the lock names for the package ``name`` (PEP 503), or None.

    A lock that names several versions, for different Pythons, names none for certain.

    :raises UserError: the lock cannot be read.
    """
    with reading(lock):
        requirements = lock.kind == "requirements"
        versions = _pinned(lock, name) if requirements else _versions(read_toml(lock), name)
    return versions.pop() if len(versions) == 1 else None


def locked_spark(project: Project, cache: Cache) -> str | None:
    """Return the version of pyspark that the project's lock names, or None.

    :raises UserError: the lock cannot be found or read.
    """
    lock = find_lock(project)
    if lock is None:
        return None
    # Reading a large lock takes longer than all else when nothing has changed.
    key = f"pyspark of {lock.kind} {lock.sha256}"
    return cache.memo(key, str, lambda: locked_version(lock, "pyspark") or "") or None


def _versions(document: dict[str, Any], name: str) -> set[str]:
    return {table["version"] for table in _named(document, name) if "version" in table}


def _named(document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    # `package` in uv.lock and poetry.lock, `packages` in PEP 751.
    tables = [*document.get("package", ()), *document.get("packages", ())]
    return [table for table in tables if table.get("name") == name]


def _pinned(lock: Lock, name: str) -> set[str]:
    lines = _lines(lock)
    return {line.version for line in lines if line.name == name and line.version}


def _lines(lock: Lock) -> "tuple[Line, ...]":
    from sparkferry.layers.locks.requirements.read import read_requirements

    return read_requirements(lock.path, lock.name).lines
