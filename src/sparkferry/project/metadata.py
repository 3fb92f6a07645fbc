"""The table `[project]` of pyproject.toml, as far as sparkferry reads it (PyPA's core metadata)."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from sparkferry.project.shape import Problem

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_CLAUSE = r"(?:~=|[=!<>]=|[<>])\s*[0-9]+(?:\.[0-9]+)*(?:(?<==)\.\*)?"
_CLAUSES = rf"{_CLAUSE}(?:\s*,\s*{_CLAUSE})*"
_SPECIFIERS = re.compile(_CLAUSES)
_REQUIREMENT = re.compile(rf"{_NAME.pattern}\s*(?:{_CLAUSES})?")
"""The plain form of a requirement; what has extras, markers or URLs is left to `packaging`,
whose import costs more than all the rest of loading a project."""


class Metadata(msgspec.Struct, frozen=True):
    """What `[project]` says."""

    name: str = ""
    requires_python: str = ">=3"
    dependencies: tuple[str, ...] = ()


def read(document: dict[str, Any]) -> tuple[Metadata, list[Problem]]:
    """Return what can be read of `[project]`, and what is wrong with it, paths from the top."""
    table = document.get("project")
    if not isinstance(table, dict):
        hint = "add `[project]` with `name` and `dependencies`"
        return Metadata(), [Problem(("project",), "there is no table `[project]`", hint)]
    problems = [*_name(table), *_python(table), *_dynamic(table), *_dependencies(table)]
    return _metadata(table) if not problems else Metadata(), problems


def _metadata(table: dict[str, Any]) -> Metadata:
    return Metadata(
        name=table["name"],
        requires_python=table.get("requires-python", ">=3"),
        dependencies=tuple(table.get("dependencies", ())),
    )


def _name(table: dict[str, Any]) -> Iterator[Problem]:
    if "name" not in table:
        yield Problem(("project",), "`[project]` lacks the key `name`", 'add `name = "…"`')
    elif not isinstance(table["name"], str) or not _NAME.fullmatch(table["name"]):
        hint = "letters, digits, and `.`, `_`, `-` between them"
        yield Problem(("project", "name"), f"`{table['name']}` is not a project's name", hint)


def _python(table: dict[str, Any]) -> Iterator[Problem]:
    text = table.get("requires-python", ">=3")
    if not isinstance(text, str) or not (_SPECIFIERS.fullmatch(text) or _is_specifier(text)):
        path = ("project", "requires-python")
        yield Problem(path, f"`{text}` is not a range of versions", "write it as `>=3.11,<3.14`")


def _dynamic(table: dict[str, Any]) -> Iterator[Problem]:
    dynamic = table.get("dynamic", [])
    for key in ("name", "requires-python", "dependencies"):
        if isinstance(dynamic, list) and key in dynamic:
            said = f"`{key}` is dynamic: sparkferry reads it without running a build backend"
            yield Problem(("project", "dynamic"), said, f"write `{key}` in `[project]`")


def _dependencies(table: dict[str, Any]) -> Iterator[Problem]:
    path = ("project", "dependencies")
    listed = table.get("dependencies", [])
    if not isinstance(listed, list):
        yield Problem(path, "`dependencies` must be a list of texts")
        return
    for index, text in enumerate(listed):
        reason = _reason(text)
        if reason:
            said = f"`{text}` is not a requirement: {reason}"
            yield Problem((*path, str(index)), said, 'write it as `"pandas>=2,<3"` (PEP 508)')


def _reason(text: object) -> str | None:
    if not isinstance(text, str):
        return "it is not text"
    if _REQUIREMENT.fullmatch(text.strip()):
        return None
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        Requirement(text)
    except InvalidRequirement as error:
        return str(error).splitlines()[0]
    return None


def _is_specifier(text: str) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return False
    return True
