"""A lock of any kind becomes one PEP 751 document: the one form that the selection reads."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sparkferry.base.cache import Cache
from sparkferry.layers.locks.lock import Lock, LockKind, read_toml, reading
from sparkferry.layers.locks.poetry import poetry_document
from sparkferry.layers.locks.requirements.document import requirements_document
from sparkferry.layers.model import Environment
from sparkferry.project.model import Project
from sparkferry.uv.call import uv

Document = dict[str, Any]
"""Content of a pylock.toml. Relative paths in it start from the directory that :func:`base` gives."""


def document(project: Project, lock: Lock, environment: Environment, cache: Cache) -> Document:
    """Return the PEP 751 document of the lock, without the project itself.

    Locks that do not tell an environment from another are resolved for this one.

    :raises UserError: the lock cannot be read.
    :raises ExternalError: uv failed, or an index could not be asked.
    """
    with reading(lock):
        return _READERS[lock.kind](project, lock, environment, cache)


def base(project: Project, lock: Lock) -> Path:
    """Return the directory that relative paths of the lock's document start from."""
    return project.root if lock.kind == "uv" else lock.path.parent


def _uv(project: Project, lock: Lock, environment: Environment, cache: Cache) -> Document:
    del environment, cache
    settings = project.settings.packages
    wanted = [
        *(f"--group={group}" for group in settings.groups),
        *(f"--extra={extra}" for extra in settings.extras),
    ]
    arguments = [
        *("export", "--format=pylock.toml", "--frozen", "--quiet", "--no-header"),
        *("--no-emit-project", "--no-default-groups", *wanted),
    ]
    return tomllib.loads(uv(arguments, action=f"export the lock `{lock.name}`", cwd=project.root))


def _poetry(project: Project, lock: Lock, environment: Environment, cache: Cache) -> Document:
    return poetry_document(project, lock, environment, cache)


def _pylock(project: Project, lock: Lock, environment: Environment, cache: Cache) -> Document:
    del project, environment, cache
    content = read_toml(lock)
    packages = content.get("packages")
    for package in packages if isinstance(packages, list) else ():
        # Room for tools, ours included: what stands there is not part of the lock.
        if isinstance(package, dict):
            package.pop("tool", None)
    return content


def _requirements(project: Project, lock: Lock, environment: Environment, cache: Cache) -> Document:
    del project
    return requirements_document(lock, environment, cache)


_READERS: dict[LockKind, Callable[[Project, Lock, Environment, Cache], Document]] = {
    "uv": _uv,
    "poetry": _poetry,
    "pylock": _pylock,
    "requirements": _requirements,
}
