"""Requirements in Poetry's own tables, below ``[tool.poetry]``."""

from collections.abc import Iterator
from typing import Any

from sparkferry.project.declared.model import Requirements, names, table
from sparkferry.project.declared.poetry_constraint import alternatives, python_range

_DIRECT = ("git", "path", "file", "url")
"""Keys of a dependency that has no version."""


def python_of(poetry: dict[str, Any]) -> str | None:
    """Return the specifiers of the key ``python``, or None where it is not given.

    :raises ValueError: it is not a constraint.
    """
    written = table(poetry, "dependencies").get("python")
    if isinstance(written, dict):
        written = written.get("version")
    return python_range(written) if isinstance(written, str) else None


def dependencies_of(poetry: dict[str, Any]) -> Requirements:
    """Return the requirements that are not optional.

    :raises ValueError: one of them cannot be read.
    """
    return tuple(_all(table(poetry, "dependencies"), optional=False))


def extras_of(poetry: dict[str, Any]) -> dict[str, Requirements]:
    """Return the requirements of each of ``[tool.poetry.extras]`` by normalised name.

    :raises ValueError: one of them cannot be read.
    """
    from packaging.utils import canonicalize_name

    listed = {canonicalize_name(name): item for name, item in table(poetry, "dependencies").items()}
    return {
        canonicalize_name(extra): tuple(
            text
            for name in names(wanted)
            if canonicalize_name(name) in listed
            for text in requirements_of(canonicalize_name(name), listed[canonicalize_name(name)])
        )
        for extra, wanted in table(poetry, "extras").items()
    }


def groups_of(poetry: dict[str, Any]) -> dict[str, list[Any]]:
    """Return each group in the form of PEP 735: requirements and ``include-group`` tables.

    :raises ValueError: one of them cannot be read.
    """
    groups = {
        name: [
            *_all(table(group, "dependencies")),
            *({"include-group": other} for other in names(group.get("include-groups"))),
        ]
        for name, group in table(poetry, "group").items()
        if isinstance(group, dict)
    }
    older = list(_all(table(poetry, "dev-dependencies")))
    return {**groups, "dev": [*groups.get("dev", ()), *older]} if older else groups


def _all(listed: dict[str, Any], *, optional: bool = True) -> Iterator[str]:
    for name, items in listed.items():
        if name.lower() == "python":
            continue
        for item in items if isinstance(items, list) else [items]:
            if optional or not (isinstance(item, dict) and item.get("optional")):
                yield from requirements_of(name, item)


def requirements_of(name: str, written: object) -> Iterator[str]:
    """Yield the requirements of PEP 508 that Poetry's value of the dependency ``name`` stands for.

    :raises ValueError: it cannot be read.
    """
    for item in written if isinstance(written, list) else [written]:
        yield _requirement(name, item if isinstance(item, dict) else {"version": item})


def _requirement(name: str, item: dict[str, Any]) -> str:
    extras = f"[{','.join(names(item.get('extras')))}]" if item.get("extras") else ""
    found = _version(item)
    marker = " and ".join(_markers(item))
    return f"{name}{extras}{found}{f' ; {marker}' if marker else ''}"


def _version(item: dict[str, Any]) -> str:
    if any(key in item for key in _DIRECT):
        return ""
    found = alternatives(str(item.get("version", "*")))
    # PEP 508 has no alternatives: what has several asks for the package alone.
    return found[0] if len(found) == 1 else ""


def _markers(item: dict[str, Any]) -> Iterator[str]:
    if item.get("markers"):
        yield f"({item['markers']})"
    if item.get("python"):
        yield _any_of(alternatives(str(item["python"])))
    if item.get("platform"):
        yield f"sys_platform == '{item['platform']}'"


def _any_of(ranges: tuple[str, ...]) -> str:
    from packaging.specifiers import SpecifierSet

    each = [
        " and ".join(
            f"python_full_version {part.operator} '{part.version}'"
            for part in sorted(SpecifierSet(item), key=str)
        )
        for item in ranges
    ]
    return f"({' or '.join(each)})" if all(each) else "python_version >= '0'"
