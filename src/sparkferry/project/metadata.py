"""Name, Python and dependencies of the project, as pyproject.toml gives them.

They stand in ``[project]`` (PyPA's core metadata) or, where that leaves them to the build backend, in
``[tool.poetry]`` or in files that setuptools reads.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from sparkferry.project.declared import read as declared
from sparkferry.project.declared.model import table
from sparkferry.project.shape import Problem

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_CLAUSE = r"(?:~=|[=!<>]=|[<>])\s*[0-9]+(?:\.[0-9]+)*(?:(?<==)\.\*)?"
_CLAUSES = rf"{_CLAUSE}(?:\s*,\s*{_CLAUSE})*"
_SPECIFIERS = re.compile(_CLAUSES)
_REQUIREMENT = re.compile(rf"{_NAME.pattern}\s*(?:{_CLAUSES})?")
"""The plain form of a requirement; what has extras, markers or URLs is left to `packaging`,
whose import costs more than all the rest of loading a project."""


class Metadata(msgspec.Struct, frozen=True):
    """What pyproject.toml says about the project."""

    name: str = ""
    requires_python: str = ">=3"
    dependencies: tuple[str, ...] = ()


def read(document: dict[str, Any], root: Path) -> tuple[Metadata, list[Problem]]:
    """Return what can be read about the project in ``root``, and what is wrong, paths from the top."""
    if not table(document, "project") and not table(document, "tool", "poetry"):
        hint = "add `[project]` with `name` and `dependencies`"
        return Metadata(), [Problem(("project",), "there is no table `[project]`", hint)]
    project = table(document, "project")
    problems = [
        *_name(document),
        *_python(document),
        *_dynamic(project),
        *_dependencies(project),
        *_poetry(document, root),
    ]
    return (Metadata(), problems) if problems else (_metadata(document, root), [])


def _metadata(document: dict[str, Any], root: Path) -> Metadata:
    return Metadata(
        name=str(_written_name(document) or _from_directory(root)),
        requires_python=declared.python_of(document) or ">=3",
        dependencies=declared.dependencies_of(document, root) or (),
    )


def _written_name(document: dict[str, Any]) -> object:
    poetry = table(document, "tool", "poetry")
    return table(document, "project").get("name", poetry.get("name"))


def _from_directory(root: Path) -> str:
    """Return the name of a project that has none, since it is never packaged (``package-mode = false``)."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", root.name).strip("._-") or "project"


def _name(document: dict[str, Any]) -> Iterator[Problem]:
    name = _written_name(document)
    poetry = table(document, "tool", "poetry")
    if name is None and poetry.get("package-mode") is False:
        return
    if name is None:
        yield Problem(("project",), "`[project]` lacks the key `name`", 'add `name = "…"`')
    elif not isinstance(name, str) or not _NAME.fullmatch(name):
        hint = "letters, digits, and `.`, `_`, `-` between them"
        where = ("project",) if "name" in table(document, "project") else ("tool", "poetry")
        yield Problem((*where, "name"), f"`{name}` is not a project's name", hint)


def _python(document: dict[str, Any]) -> Iterator[Problem]:
    text = table(document, "project").get("requires-python", ">=3")
    if not isinstance(text, str) or not (_SPECIFIERS.fullmatch(text) or _is_specifier(text)):
        path = ("project", "requires-python")
        yield Problem(path, f"`{text}` is not a range of versions", "write it as `>=3.11,<3.14`")


def _poetry(document: dict[str, Any], root: Path) -> Iterator[Problem]:
    """Yield what cannot be read in the tables of Poetry, or in files that setuptools reads."""
    place = ("tool", "poetry", "dependencies")
    try:
        declared.python_of(document)
    except ValueError as error:
        yield Problem((*place, "python"), str(error), 'write it as `">=3.11,<3.14"`')
    if "dependencies" in table(document, "project"):
        return
    try:
        found = declared.dependencies_of(document, root) or ()
    except ValueError as error:
        yield Problem(place, str(error), "write constraints as Poetry's documentation shows")
        return
    for text in found:
        reason = _reason(text)
        if reason:
            said = f"`{text}` is not a requirement: {reason}"
            yield Problem(_origin(document), said, 'write it as `"pandas>=2,<3"` (PEP 508)')


def _origin(document: dict[str, Any]) -> tuple[str, ...]:
    if table(document, "tool", "poetry"):
        return ("tool", "poetry", "dependencies")
    return ("tool", "setuptools", "dynamic", "dependencies")


def _dynamic(project: dict[str, Any]) -> Iterator[Problem]:
    dynamic = project.get("dynamic", [])
    if isinstance(dynamic, list) and "name" in dynamic:
        said = "`name` is dynamic, which PEP 621 forbids"
        yield Problem(("project", "dynamic"), said, "write `name` in `[project]`")


def _dependencies(project: dict[str, Any]) -> Iterator[Problem]:
    path = ("project", "dependencies")
    listed = project.get("dependencies", [])
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
