"""The version of one package that a lock names, dev groups included, without resolving anything."""

import re
import tomllib

from sparkferry.layers.locks.lock import Lock, reading


def locked_version(lock: Lock, name: str) -> str | None:
    """Return the version that the lock names for the package ``name`` (PEP 503), or None.

    A lock that names several versions, for different Pythons, names none for certain.

    :raises UserError: the lock cannot be read.
    """
    with reading(lock):
        text = lock.path.read_text(encoding="utf-8")
        versions = _pinned(text, name) if lock.kind == "requirements" else _tables(text, name)
    return versions.pop() if len(versions) == 1 else None


def _tables(text: str, name: str) -> set[str]:
    document = tomllib.loads(text)
    # `package` in uv.lock and poetry.lock, `packages` in PEP 751.
    tables = [*document.get("package", ()), *document.get("packages", ())]
    return {
        table["version"] for table in tables if table.get("name") == name and "version" in table
    }


def _pinned(text: str, name: str) -> set[str]:
    pin = re.compile(
        rf"^{re.escape(name)}(?:\[[^]]*\])?\s*==\s*([^\s;\\]+)", re.MULTILINE | re.IGNORECASE
    )
    return set(pin.findall(text))
