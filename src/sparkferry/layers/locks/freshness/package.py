"""One local package of uv.lock against its pyproject.toml."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sparkferry.layers.locks.freshness import compare
from sparkferry.layers.locks.freshness.condition import NEVER, Condition, equal, parse
from sparkferry.layers.locks.freshness.sources import Scope, with_sources
from sparkferry.layers.locks.freshness.wanted import Wanted, from_table, from_text
from sparkferry.layers.locks.freshness.workspace import Member, Workspace
from sparkferry.project.declared.model import Declared, Requirements, names, table
from sparkferry.project.declared.read import declared

_WITH_EXTRAS = 1
"""First revision that lists extras and empty groups (uv: ``supports_provides_extra``)."""

_WITHOUT_METADATA = 4
"""First revision in which a package may have no metadata (uv: ``METADATA_FREE_REVISION``)."""


@dataclass(frozen=True)
class Compared:
    """A package of the lock and what it was made from."""

    entry: dict[str, Any]
    member: Member
    workspace: Workspace
    root: Path
    """Directory of the lock."""
    python: str
    """``requires-python`` of the lock."""
    revision: int

    @property
    def metadata(self) -> dict[str, Any]:
        """What uv wrote about the package's pyproject.toml."""
        return table(self.entry, "metadata")


@dataclass(frozen=True)
class Difference:
    """Something that the lock was not made from."""

    reason: str
    certain: bool = True
    """False where it could not be told whether there is a difference."""


def differences(of: Compared) -> Iterator[Difference]:
    """Yield how the package's pyproject.toml differs from what the lock says of it."""
    try:
        found = declared(of.member.document, of.member.root)
        yield from _identity(of, found)
        yield from _unknown(of, found)
        yield from _extras(of, found)
        yield from _requirements(of, found)
        yield from _groups(of, found)
    except ValueError as error:
        yield Difference(f"`{of.entry.get('name')}` cannot be read: {error}", certain=False)


def requirements(found: Declared, scope: Scope) -> Iterator[Wanted]:
    """Yield dependencies and extras of a project, with the places that they come from."""
    yield from lowered(found.dependencies, scope)
    for extra, listed in found.extras.items():
        chosen = parse(f"extra == '{extra}'")
        for item in lowered(listed, replace(scope, extra=extra)):
            yield replace(item, condition=item.condition & chosen)


def lowered(listed: Requirements, scope: Scope) -> Iterator[Wanted]:
    """Yield requirements with the places that they come from."""
    for text in listed:
        yield from with_sources(from_text(text, scope.member.root), scope)


def said(item: Wanted | None, other: Wanted | None, name: str) -> str:
    """Return what the two sides ask for, the one of pyproject.toml first."""
    if other is None:
        return f"it does not know `{item.text if item else name}`"
    if item is None:
        return f"it was made with `{other.text}`, which is not asked for"
    if item.text == other.text:
        return f"it was made with another extra, marker or source of `{item.text}`"
    return f"it was made with `{other.text}`, and `{item.text}` is asked for"


def _identity(of: Compared, found: Declared) -> Iterator[Difference]:
    project, locked = table(of.member.document, "project"), of.entry.get("version")
    if not project:
        return
    if found.version and _version(found.version) != _version(locked):
        was = f"version {locked}" if locked else "a dynamic version"
        yield Difference(f"it was made with {was}, and the project has {found.version}")
    if locked and "version" in names(project.get("dynamic")):
        yield Difference(f"it was made with version {locked}, which is dynamic")
    expected = _kind(of)
    if expected and expected not in table(of.entry, "source"):
        yield Difference(f"`{of.entry['name']}` must be {expected}")


def _version(text: object) -> str:
    from packaging.utils import canonicalize_version

    return canonicalize_version(text) if isinstance(text, str) else ""


def _kind(of: Compared) -> str | None:
    """Return how the lock must have the package, or None where that is not the workspace's to say."""
    name = of.member.name
    if of.workspace.root.root != of.root or name not in of.workspace.members:
        return None
    return of.workspace.kind(name)


def _unknown(of: Compared, found: Declared) -> Iterator[Difference]:
    keys = [key for key in found.unknown if key != "requires-python"]
    if keys:
        backend = f"the build backend `{found.backend}`" if found.backend else "setup.py"
        listed = " and ".join(f"`{key}`" for key in keys)
        reason = f"{listed} of `{of.entry.get('name')}` are known only to {backend}"
        yield Difference(reason, certain=False)


def _extras(of: Compared, found: Declared) -> Iterator[Difference]:
    if (
        of.revision < _WITH_EXTRAS
        or _lacks_metadata(of)
        or "optional-dependencies" in found.unknown
    ):
        return
    locked = set(of.metadata.get("provides-extras", ()))
    for extra in sorted(locked ^ found.extras.keys()):
        known = "does not know" if extra in found.extras else "was made with"
        yield Difference(f"it {known} the extra `{extra}`")


def _requirements(of: Compared, found: Declared) -> Iterator[Difference]:
    asked = list(requirements(found, Scope(of.workspace, of.member)))
    if _lacks_metadata(of):
        yield from _missing(asked, _resolved(of), of)
        return
    locked = [from_table(item, of.root) for item in of.metadata.get("requires-dist", ())]
    locked = [item for item in locked if _is_known(item, found, of)]
    different = list(compare.differences(asked, locked, of.python))
    if different and "version" not in of.entry:
        # A build backend may resolve extras of a project that include each other.
        flat = (_flat(asked, of.member.name), _flat(locked, of.member.name))
        different = list(compare.differences(*flat, of.python))
    if _is_static(of):
        yield from (Difference(said(one, other, name)) for name, one, other in different)
    elif different:
        yield from _translated(of, asked, locked)


def _is_known(item: Wanted, found: Declared, of: Compared) -> bool:
    """Return whether the requirement is of a kind that is known; the others were warned of."""
    needs_extra = equal(item.condition & _NO_EXTRA, NEVER, of.python)
    key = "optional-dependencies" if needs_extra else "dependencies"
    return key not in found.unknown


_NO_EXTRA = Condition(lambda at: not at.get("extra"))


def _is_static(of: Compared) -> bool:
    """Return whether the backend takes the dependencies as they are written."""
    project = table(of.member.document, "project")
    return bool(project) and (
        "dependencies" in project or not table(of.member.document, "tool", "poetry")
    )


def _translated(of: Compared, asked: list[Wanted], locked: list[Wanted]) -> Iterator[Difference]:
    """Yield what is certain although only Poetry knows how it writes its constraints into metadata."""
    missing = list(_missing(asked, {item.name for item in locked}, of))
    yield from missing or [
        Difference("constraints of Poetry were compared by name alone", certain=False)
    ]


def _missing(asked: Iterable[Wanted], there: set[str], of: Compared) -> Iterator[Difference]:
    for item in asked:
        if item.name not in there and not equal(item.condition, NEVER, of.python):
            yield Difference(said(item, None, item.name))


def _lacks_metadata(of: Compared) -> bool:
    """Return whether metadata was left out, and not merely empty."""
    resolved = _RESOLVED & of.entry.keys()
    return of.revision >= _WITHOUT_METADATA and "metadata" not in of.entry and bool(resolved)


_RESOLVED = frozenset({"dependencies", "optional-dependencies", "dev-dependencies"})
"""Keys of a package that has requirements."""


def _resolved(of: Compared) -> set[str]:
    """Return the names that the package was resolved to, itself included."""
    tables = (table(of.entry, "optional-dependencies"), table(of.entry, "dev-dependencies"))
    listed = [
        of.entry.get("dependencies", ()),
        *(item for each in tables for item in each.values()),
    ]
    return {of.entry["name"], *(item["name"] for items in listed for item in items)}


def _flat(listed: list[Wanted], name: str) -> list[Wanted]:
    """Return the requirements with the extras of the project itself resolved."""
    found = list(listed)
    seen: set[tuple[str, int]] = set()
    queue = [
        (extra, item.condition) for item in listed if item.name == name for extra in item.extras
    ]
    while queue:
        extra, condition = queue.pop()
        for number, item in enumerate(listed):
            if (extra, number) in seen or item.condition.texts == frozenset():
                continue
            seen.add((extra, number))
            reached = replace(item, condition=condition & item.condition.with_extra(extra))
            found.append(reached)
            queue += [(other, reached.condition) for other in item.extras if item.name == name]
    return [item for item in found if item.name != name]


def _groups(of: Compared, found: Declared) -> Iterator[Difference]:
    if _lacks_metadata(of):
        return
    written = table(of.metadata, "requires-dev")
    for group in sorted(found.groups.keys() | written.keys()):
        scope = Scope(of.workspace, of.member, group=group)
        asked = list(lowered(found.groups.get(group, ()), scope))
        locked = [from_table(item, of.root) for item in written.get(group, ())]
        if of.revision >= _WITH_EXTRAS and (group in found.groups) != (group in written):
            known = "does not know" if group in found.groups else "was made with"
            yield Difference(f"it {known} the group `{group}`")
            continue
        for name, one, other in compare.differences(asked, locked, of.python):
            yield Difference(f"group `{group}`: {said(one, other, name)}")
