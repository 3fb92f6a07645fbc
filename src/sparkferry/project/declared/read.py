"""From the content of a pyproject.toml to what it declares, without running a build backend."""

from pathlib import Path
from typing import Any

from sparkferry.project.declared import poetry, setuptools
from sparkferry.project.declared.model import Declared, Requirements, names, table


def declared(document: dict[str, Any], root: Path) -> Declared:
    """Return what the project in ``root`` requires.

    What ``[project]`` leaves to the build backend is looked for in ``[tool.poetry]`` and in the files
    that setuptools or Hatch would read.

    :raises ValueError: a constraint of Poetry or a group cannot be read.
    """
    project, tool = table(document, "project"), _poetry(document)
    dependencies, extras = dependencies_of(document, root), _extras(document, root)
    python = python_of(document)
    unknown = {
        "dependencies": dependencies is None,
        "optional-dependencies": extras is None,
        "requires-python": python is None and _is_dynamic(document, "requires-python"),
    }
    return Declared(
        name=project.get("name") or tool.get("name"),
        version=project.get("version"),
        requires_python=python,
        dependencies=dependencies or (),
        extras=extras or {},
        groups=groups_of(document),
        unknown=tuple(key for key, missing in unknown.items() if missing),
        backend=table(document, "build-system").get("build-backend"),
    )


def groups_of(document: dict[str, Any]) -> dict[str, Requirements]:
    """Return the dependency groups of PEP 735, uv's older ``dev-dependencies`` and Poetry.

    :raises ValueError: a group includes itself or one that is not there.
    """
    from packaging.utils import canonicalize_name

    listed: dict[str, list[Any]] = {}
    for found in (table(document, "dependency-groups"), _poetry_groups(document)):
        for name, items in found.items():
            listed.setdefault(canonicalize_name(name), []).extend(items)
    groups = {name: tuple(_resolved(name, listed, ())) for name in listed}
    older = tuple(names(table(document, "tool", "uv").get("dev-dependencies")))
    if older:
        groups["dev"] = (*groups.get("dev", ()), *older)
    return groups


def _poetry_groups(document: dict[str, Any]) -> dict[str, list[Any]]:
    return poetry.groups_of(_poetry(document))


def _resolved(name: str, listed: dict[str, list[Any]], above: tuple[str, ...]) -> list[str]:
    from packaging.utils import canonicalize_name

    if name in above or name not in listed:
        raise ValueError(f"the dependency group `{name}` includes itself or is not there")
    found: list[str] = []
    for item in listed[name]:
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, dict) and isinstance(item.get("include-group"), str):
            found += _resolved(canonicalize_name(item["include-group"]), listed, (*above, name))
    return found


def _is_dynamic(document: dict[str, Any], key: str) -> bool:
    return key in names(table(document, "project").get("dynamic"))


def python_of(document: dict[str, Any]) -> str | None:
    """Return the specifiers of the Python that the project requires, or None where none are given.

    :raises ValueError: Poetry's constraint cannot be read.
    """
    written = table(document, "project").get("requires-python")
    return written if isinstance(written, str) else poetry.python_of(_poetry(document))


def dependencies_of(document: dict[str, Any], root: Path) -> Requirements | None:
    """Return the dependencies, or None where only the build backend knows them.

    :raises ValueError: a dependency of Poetry cannot be read.
    """
    project, tool = table(document, "project"), _poetry(document)
    if "dependencies" in project:
        return tuple(names(project["dependencies"]))
    if set(table(tool, "dependencies")) - {"python"}:
        return poetry.dependencies_of(tool)
    if tool or (project and not _is_dynamic(document, "dependencies")):
        return ()
    return setuptools.dependencies_of(document, root)


def _extras(document: dict[str, Any], root: Path) -> dict[str, Requirements] | None:
    """Return the extras by normalised name, or None where only the build backend knows them."""
    from packaging.utils import canonicalize_name

    project, tool = table(document, "project"), _poetry(document)
    if "optional-dependencies" in project:
        listed = table(project, "optional-dependencies").items()
        return {canonicalize_name(name): tuple(names(item)) for name, item in listed}
    if tool:
        return poetry.extras_of(tool)
    if not _is_dynamic(document, "optional-dependencies"):
        return {} if project else None
    found = setuptools.extras_of(document, root)
    return found and {canonicalize_name(name): item for name, item in found.items()}


def _poetry(document: dict[str, Any]) -> dict[str, Any]:
    return table(document, "tool", "poetry")
