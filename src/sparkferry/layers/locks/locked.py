"""The version of one package that a lock names, dev groups included, without resolving anything."""

import re
from typing import Any

from sparkferry.layers.cache import Cache
from sparkferry.layers.locks.lock import Lock, find_lock, read_toml, reading
from sparkferry.project.model import Project


def locked_version(lock: Lock, name: str) -> str | None:
    """Return the version that the lock names for the package ``name`` (PEP 503), or None.

    A lock that names several versions, for different Pythons, names none for certain.

    :raises UserError: the lock cannot be read.
    """
    with reading(lock):
        requirements = lock.kind == "requirements"
        versions = _pinned(lock, name) if requirements else _tables(read_toml(lock), name)
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


def _tables(document: dict[str, Any], name: str) -> set[str]:
    # `package` in uv.lock and poetry.lock, `packages` in PEP 751.
    tables = [*document.get("package", ()), *document.get("packages", ())]
    return {
        table["version"] for table in tables if table.get("name") == name and "version" in table
    }


def _pinned(lock: Lock, name: str) -> set[str]:
    pin = re.compile(
        rf"^{re.escape(name)}(?:\[[^]]*\])?\s*==\s*([^\s;\\]+)", re.MULTILINE | re.IGNORECASE
    )
    return set(pin.findall(lock.path.read_text("utf-8")))
