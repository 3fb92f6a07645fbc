"""What a lock names for one environment, remembered by all that it depends on."""

import os

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.errors import raise_errors
from sparkferry.files import sha256_bytes, sha256_file
from sparkferry.layers.locks.lock import Lock, find_lock
from sparkferry.layers.model import Environment, Selection
from sparkferry.project.model import Project

_FORMAT = 2
"""Raised whenever the meaning of a remembered selection changes."""


def select(project: Project, environment: Environment, cache: Cache) -> Selection:
    """Return what the project's lock names for ``environment``.

    A project without lock and dependencies has an empty selection with the lock name ``""``.
    A selection is remembered by the content of lock, pyproject.toml and environment.

    :raises UserError: there is no lock, or it cannot be read.
    :raises DiagnosticsError: the lock names packages that the environment cannot have.
    :raises ExternalError: uv failed, or an index could not be asked.
    """
    lock = find_lock(project)
    if lock is None:
        nothing = sha256_bytes(b"")
        root = str(project.root)
        return Selection(environment=environment, root=root, lock="", lock_sha256=nothing, pins=())
    key = f"selection {selection_key(project, lock, environment)}"
    return cache.memo(key, Selection, lambda: _select(project, lock, environment, cache))


def _select(project: Project, lock: Lock, environment: Environment, cache: Cache) -> Selection:
    from sparkferry.layers.locks.find import find_pins

    pins, problems = find_pins(project, lock, environment, cache)
    raise_errors(f"select the packages of `{lock.name}`", problems)
    return Selection(
        environment=environment,
        root=str(project.root),
        lock=lock.name,
        lock_sha256=lock.sha256,
        pins=pins,
    )


def selection_key(project: Project, lock: Lock, environment: Environment) -> str:
    """Return everything that a selection depends on."""
    settings = project.settings.packages
    depends = (
        _FORMAT,
        str(project.root),
        (lock.name, lock.sha256),
        _of_requirements(lock) if lock.kind == "requirements" else None,
        _of_resolution(lock) if lock.kind in {"requirements", "poetry"} else None,
        sha256_file(project.root / "pyproject.toml"),
        environment,
        settings.groups,
        settings.extras,
    )
    return msgspec.json.encode(depends).decode()


def _of_requirements(lock: Lock) -> tuple[list[tuple[str, str, bool]], bool]:
    """Return the text of the requirements and what they include, and whether hashes are demanded."""
    from sparkferry.layers.locks.requirements.hash_mode import hashes_demanded
    from sparkferry.layers.locks.requirements.lines import expand_variables
    from sparkferry.layers.locks.requirements.parts import read_parts

    parts = read_parts(lock.path, lock.name)
    texts = [(part.name, expand_variables(part.text), part.is_constraint) for part in parts]
    return texts, hashes_demanded(lock.path.parent)


def _of_resolution(lock: Lock) -> str:
    from sparkferry.uv.project import resolution_settings

    return resolution_settings(lock.path.parent, os.environ)
