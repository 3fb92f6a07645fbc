"""The version of a project, read without running its build backend.

Read are the places that setuptools, hatchling, flit, pdm-backend and Poetry document for a version which is
text in a file. What is made from Git, or by code, only the backend knows.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from sparkferry.project.declared.model import names, table

Read = Callable[[str], str | None]
"""Returns the text of a file, by its path in the project or in its source directory; else None."""

_HATCH = r"^(?:__version__|VERSION)(?:\s*:\s*str)?\s*=\s*(['\"])v?(?P<version>.+?)\1"
"""What hatchling looks for unless `pattern` says otherwise."""

_NUMBER = r"(0|[1-9]\d*)"
_SIMPLE = re.compile(rf"{_NUMBER}(\.{_NUMBER})*")
"""Versions that are in normal form, told without `packaging`, whose import takes longer."""


def static_version(document: dict[str, Any], name: str, read: Read) -> str | None:
    """Return the version in its normal form, or None where only the backend knows it."""
    project, tool = table(document, "project"), table(document, "tool")
    if table(tool, "poetry-dynamic-versioning").get("enable"):
        return None  # a plugin replaces the version that is written
    backend = str(table(document, "build-system").get("build-backend", ""))
    dynamic = "version" in names(project.get("dynamic"))
    written = (
        _dynamic(backend.partition(".")[0], tool, name, read)
        if dynamic
        else project.get("version") or table(tool, "poetry").get("version")
    )
    return _normal(written) if isinstance(written, str) else None


def _dynamic(backend: str, tool: dict[str, Any], name: str, read: Read) -> object:
    match backend:
        case "setuptools":
            return _setuptools(table(tool, "setuptools", "dynamic", "version"), read)
        case "hatchling":
            return _hatch(table(tool, "hatch", "version"), read)
        case "flit_core":
            module = table(tool, "flit", "module").get("name") or name.replace("-", "_")
            return _attribute(f"{module}.__version__", read)
        case "pdm":
            return _pdm(table(tool, "pdm", "version"), read)
        case "poetry":
            return table(tool, "poetry").get("version")
    return None


def _setuptools(written: dict[str, Any], read: Read) -> str | None:
    if "file" not in written:
        return _attribute(str(written.get("attr", "")), read)
    files = written["file"]
    texts = [read(file) for file in ([files] if isinstance(files, str) else names(files))]
    return "\n".join(text for text in texts if text is not None).strip() or None


def _hatch(written: dict[str, Any], read: Read) -> str | None:
    if written.get("source", "regex") != "regex" or not isinstance(written.get("path"), str):
        return None
    pattern = written["pattern"] if isinstance(written.get("pattern"), str) else _HATCH
    text = read(written["path"]) or ""
    with suppress(re.error, IndexError):
        match = re.search(pattern, text, re.MULTILINE | re.IGNORECASE)
        return match["version"] if match else None
    return None


def _pdm(written: dict[str, Any], read: Read) -> str | None:
    if written.get("source") != "file":
        return None
    return _assigned(read(str(written.get("path", ""))), "__version__")


def _attribute(dotted: str, read: Read) -> str | None:
    """Return what a module assigns to one of its names, as a literal."""
    module, _, name = dotted.rpartition(".")
    paths = _module_files(module) if module else ()
    return next((found for path in paths if (found := _assigned(read(path), name))), None)


def _module_files(module: str) -> Iterator[str]:
    path = module.replace(".", "/")
    yield from (f"{path}/__init__.py", f"{path}.py")


def _assigned(source: str | None, name: str) -> str | None:
    """Return the text, or numbers, that a module assigns to ``name`` as a literal."""
    import ast

    match = re.search(
        rf"^{re.escape(name)}(?:\s*:\s*[\w.\[\], ]+)?\s*=\s*(.+)$", source or "", re.MULTILINE
    )
    try:
        value = ast.literal_eval(match[1].partition("#")[0].strip()) if match else None
    except (ValueError, SyntaxError):
        return None
    return ".".join(map(str, value)) if isinstance(value, (tuple, list)) else value


def _normal(version: str) -> str | None:
    if _SIMPLE.fullmatch(version):
        return version
    from packaging.version import InvalidVersion, Version

    try:
        return str(Version(version))
    except InvalidVersion:
        return None
