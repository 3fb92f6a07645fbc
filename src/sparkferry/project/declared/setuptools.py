"""Requirements that setuptools and Hatch read from files when they build the project.

Sources: https://setuptools.pypa.io/en/latest/userguide/pyproject_config.html (dynamic metadata) and
https://github.com/repo-helper/hatch-requirements-txt.
"""

from pathlib import Path
from typing import Any

from sparkferry.project.declared.model import Requirements, names, table
from sparkferry.text import EncodingError, read_text, text_lines


def dependencies_of(document: dict[str, Any], root: Path) -> Requirements | None:
    """Return the dynamic dependencies, or None where no file gives them."""
    found = table(document, "tool", "setuptools", "dynamic", "dependencies").get("file")
    hook = table(document, "tool", "hatch", "metadata", "hooks", "requirements_txt")
    return _requirements(root, found or hook.get("files") or hook.get("filename"))


def extras_of(document: dict[str, Any], root: Path) -> dict[str, Requirements] | None:
    """Return the dynamic extras by name as written, or None where no files give all of them."""
    found = {
        name: _requirements(root, item.get("file") if isinstance(item, dict) else None)
        for name, item in table(
            document, "tool", "setuptools", "dynamic", "optional-dependencies"
        ).items()
    }
    hook = table(document, "tool", "hatch", "metadata", "hooks", "requirements_txt")
    for name, files in table(hook, "optional-dependencies").items():
        found[name] = _requirements(root, files)
    known = {name: listed for name, listed in found.items() if listed is not None}
    return known if known and len(known) == len(found) else None


def files_of(document: dict[str, Any]) -> tuple[str, ...]:
    """Return the files that dynamic requirements are read from, relative to the project."""
    dynamic = table(document, "tool", "setuptools", "dynamic")
    hook = table(document, "tool", "hatch", "metadata", "hooks", "requirements_txt")
    listed = [
        table(dynamic, "dependencies").get("file"),
        *(table(item).get("file") for item in table(dynamic, "optional-dependencies").values()),
        hook.get("files"),
        hook.get("filename"),
        *table(hook, "optional-dependencies").values(),
    ]
    return tuple(dict.fromkeys(name for value in listed for name in _files(value)))


def _files(value: object) -> list[str]:
    return [value] if isinstance(value, str) else names(value)


def _requirements(root: Path, files: object) -> Requirements | None:
    """Return the requirements of the files: one a line, without options (setuptools takes none)."""
    named = _files(files)
    if not named:
        return None
    found: list[str] = []
    for name in named:
        try:
            text = read_text(root / name)
        except (OSError, EncodingError):
            return None
        lines = [line.partition(" #")[0].strip() for line in text_lines(text)]
        found += [line for line in lines if line and not line.startswith("#")]
    return None if any(line.startswith("-") for line in found) else tuple(found)
