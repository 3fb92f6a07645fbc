"""Where uv takes a package from: ``[tool.uv.sources]`` put upon the requirements that it applies to.

Source: https://docs.astral.sh/uv/concepts/projects/dependencies/#dependency-sources.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sparkferry.layers.locks.freshness import wanted
from sparkferry.layers.locks.freshness.condition import NEVER, Condition, parse
from sparkferry.layers.locks.freshness.wanted import Origin, Wanted
from sparkferry.layers.locks.freshness.workspace import Member, Workspace


@dataclass(frozen=True)
class Scope:
    """Whose sources apply, and for which extra or group."""

    workspace: Workspace
    member: Member
    extra: str | None = None
    group: str | None = None


def with_sources(asked: Wanted, scope: Scope) -> Iterator[Wanted]:
    """Yield the requirement once for each place that it comes from.

    :raises ValueError: a source names what is not there.
    """
    found = _sources(asked.name, scope)
    if found is None:
        yield asked
        return
    owner, sources = found
    elsewhere = NEVER
    for source in sources:
        condition = _condition(source)
        elsewhere |= condition
        origin = _origin(asked, source, owner, scope)
        versions = asked.specifiers if origin[0] == "index" else ""
        yield replace(
            asked, origin=origin, specifiers=versions, condition=condition & asked.condition
        )
    rest = ~elsewhere & asked.condition
    # What all sources leave out comes from where it would come from without any.
    yield replace(asked, condition=rest)


def _sources(name: str, scope: Scope) -> tuple[Member, list[dict[str, Any]]] | None:
    for owner in (scope.member, scope.workspace.root):
        if name in owner.sources:
            return owner, [item for item in owner.sources[name] if _applies(item, scope)]
    return None


def _applies(source: dict[str, Any], scope: Scope) -> bool:
    from packaging.utils import canonicalize_name

    limits = ((source.get("extra"), scope.extra), (source.get("group"), scope.group))
    return all(
        said is None or (here is not None and canonicalize_name(said) == here)
        for said, here in limits
    )


def _condition(source: dict[str, Any]) -> Condition:
    return parse(source.get("marker"))


def _origin(asked: Wanted, source: dict[str, Any], owner: Member, scope: Scope) -> Origin:
    if "git" in source:
        kinds = [kind for kind in ("rev", "tag", "branch") if kind in source]
        reference = (kinds[0], str(source[kinds[0]])) if kinds else ("", "")
        below = source.get("path", source.get("subdirectory", ""))
        return wanted.git(source["git"], reference, below)
    if "url" in source:
        return wanted.archive(source["url"], source.get("subdirectory", ""))
    if "index" in source:
        return _index(asked.name, source["index"], owner, scope)
    if source.get("workspace") is True and asked.name in scope.workspace.members:
        member = scope.workspace.members[asked.name]
        return wanted.local(scope.workspace.kind(asked.name), member.root)
    if "path" in source:
        return _path(owner.root / source["path"], source)
    raise ValueError(f"the source of `{asked.name}` is of no known kind")


def _index(package: str, name: str, owner: Member, scope: Scope) -> Origin:
    for member in (scope.member, owner, scope.workspace.root):
        url = member.index(name)
        if url is not None:
            return wanted.index(url)
    raise ValueError(f"pyproject.toml has no index `{name}` for `{package}`")


def _path(path: Path, source: dict[str, Any]) -> Origin:
    if path.is_file() or (not path.exists() and path.suffix):
        return wanted.local("path", path)
    if source.get("editable") is True:
        return wanted.local("editable", path)
    package = source.get("package")
    built = package if isinstance(package, bool) else Member(path).is_package(required=True)
    return wanted.local("directory" if built else "virtual", path)
