"""poetry.lock against pyproject.toml, by the hash that Poetry writes into it.

Source: ``Locker._get_content_hash`` and ``Locker.is_fresh`` in ``poetry/packages/locker.py``.
"""

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from sparkferry.errors import Diagnostic
from sparkferry.layers.locks.lock import Lock, read_pyproject, read_toml
from sparkferry.project.declared.model import table
from sparkferry.project.model import Project

_LEGACY = ("dependencies", "source", "extras", "dev-dependencies")
"""Keys of ``[tool.poetry]`` that are part of the hash even where they are not given."""

_PROJECT = ("requires-python", "dependencies", "optional-dependencies")
"""Keys of ``[project]`` that are part of the hash, from Poetry 2.0 on."""

_WITH_PROJECT = (2,)
"""First version of Poetry whose hash covers ``[project]``."""

_WITH_GROUPS = (2, 3)
"""First version of Poetry whose hash covers ``[dependency-groups]``."""


def poetry_findings(project: Project, lock: Lock) -> Iterator[Diagnostic]:
    """Yield a warning where the lock's hash is of another pyproject.toml.

    :raises UserError: the lock cannot be read.
    """
    found = table(read_toml(lock), "metadata").get("content-hash")
    if found not in content_hashes(read_pyproject(project.root), _written_by(lock)):
        message = f"`{lock.name}` was made from another pyproject.toml"
        yield Diagnostic("warning", message, "run `poetry lock`", lock.name)


def content_hashes(
    document: dict[str, Any], version: tuple[int, ...] | None = None
) -> frozenset[str]:
    """Return the hashes of pyproject.toml that a lock of Poetry ``version`` may have; None for unknown."""
    found = {_hash(document, with_groups=True)}
    if version is None or version < _WITH_GROUPS:
        found.add(_hash(document, with_groups=False))
    if version is None or version < _WITH_PROJECT:
        found.add(_digest(_poetry(document, always=True)))
    return frozenset(found)


def _written_by(lock: Lock) -> tuple[int, ...] | None:
    """Return the version of Poetry that the lock's first line names, or None."""
    with lock.path.open(encoding="utf-8", errors="replace") as stream:
        match = re.search(r"Poetry (\d+(?:\.\d+)*)", stream.readline())
    return tuple(map(int, match[1].split("."))) if match else None


def _hash(document: dict[str, Any], *, with_groups: bool) -> str:
    project = _given(table(document, "project"), _PROJECT)
    groups = table(document, "dependency-groups") if with_groups else {}
    poetry = _poetry(document, always=not (project or groups))
    if not project and not groups:
        return _digest(poetry)
    standard = {"dependency-groups": groups} if groups else {}
    standard |= {"project": project} if project else {}
    return _digest({**standard, "tool": {"poetry": poetry}})


def _poetry(document: dict[str, Any], *, always: bool) -> dict[str, Any]:
    """Return what is hashed of ``[tool.poetry]``, older keys as None where ``always`` is set."""
    tool = table(document, "tool", "poetry")
    absent = dict.fromkeys(_LEGACY) if always else {}
    return absent | _given(tool, (*_LEGACY, "group"))


def _given(values: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: values[key] for key in keys if values.get(key) is not None}


def _digest(content: dict[str, Any]) -> str:
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
