"""Why a module that is imported is not there, as far as it is not a matter of the project's files."""

from collections.abc import Iterator

import msgspec

from sparkferry.errors import SparkferryError
from sparkferry.layers.imports.declared import declared
from sparkferry.layers.locks.lock import find_lock
from sparkferry.layers.locks.locked import locked_version
from sparkferry.layers.modules.distributions import distributions, other_name
from sparkferry.layers.modules.provided import Provided
from sparkferry.layers.modules.stdlib import LEFT_OUT, was_added, was_removed
from sparkferry.project.model import Project

_CHOOSE = "choose another Python with `python` of the target, or do without the module"
_DEPEND = "to `dependencies` and lock again"


class Cause(msgspec.Struct, frozen=True):
    """A reason, and what mends it."""

    reason: str
    hint: str
    certain: bool = True
    """Whether it holds whatever is in packages that have not been read."""


def python_causes(name: str, minor: int) -> Iterator[Cause]:
    """Yield why Python 3.``minor``, as it is packed, lacks a module of the standard library."""
    top = name.partition(".")[0]
    if top in LEFT_OUT:
        hint = "import it only where it is used, in code that no job reaches"
        yield Cause(f"the packed interpreter leaves `{top}` out", hint)
    elif removed := was_removed(top, minor):
        yield Cause(f"Python 3.{removed} removed it, and the target has Python 3.{minor}", _CHOOSE)
    elif added := was_added(top, minor):
        yield Cause(f"Python 3.{added} added it, and the target has Python 3.{minor}", _CHOOSE)


def package_causes(name: str, project: Project) -> Iterator[Cause]:
    """Yield why no package that ships brings the module."""
    groups = declared(project)
    for package in distributions(name):
        if place := groups.get(package):
            hint = (
                f"add `{package}` {_DEPEND}, or ship it with `packages.groups` or `packages.extras`"
            )
            yield Cause(f"`{package}` is only in {place}, which does not ship", hint)
        elif _is_locked(project, package):
            reason = f"`{package}` is in the lock, but nothing that ships depends on it"
            yield Cause(reason, f"add `{package}` {_DEPEND}", certain=False)
    if other := other_name(name):
        yield Cause(f"the package `{other}` brings it", f"add `{other}` {_DEPEND}", certain=False)


def unknown_cause(provided: Provided) -> Cause:
    """Return what is left to say of a module that is nowhere."""
    count = len(provided.unread)
    if not count:
        hint = f"correct the name, or add the package that brings it {_DEPEND}"
        return Cause("neither the code nor the packages that ship have it", hint)
    many = f"{count} packages have" if count > 1 else "1 package has"
    hint = f"`sparkferry pack` fetches them and looks again; else add the package that brings it {_DEPEND}"
    return Cause(f"the code does not have it, and {many} not been fetched yet", hint, certain=False)


def _is_locked(project: Project, package: str) -> bool:
    try:
        lock = find_lock(project)
        return lock is not None and locked_version(lock, package) is not None
    except SparkferryError:
        return False
