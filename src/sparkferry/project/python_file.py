"""The file `.python-version` or `.python-versions`, which uv and pyenv follow.

Sources: uv's ``crates/uv-python/src/version_files.rs`` and
https://github.com/pyenv/pyenv#understanding-python-version-selection.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from sparkferry.project.declared.model import table
from sparkferry.project.model import PythonFile
from sparkferry.text import EncodingError, read_text, read_toml_text, text_lines

NAMES = (".python-version", ".python-versions")
"""The first one that is there counts."""

_CPYTHON = re.compile(
    r"(?:cpython[-@]?|python[-@]?|cp)?(?P<version>3\.[0-9]+(?:\.[0-9]+)?)(?:-(?:linux|any)[\w.-]*)?",
    re.IGNORECASE,
)
_SHORT = re.compile(r"(?:cp|python|py)?3(?P<minor>[0-9]{1,2})", re.IGNORECASE)


def find_python_file(root: Path) -> PythonFile | None:
    """Return the nearest file of the project in ``root``, or None.

    It is looked for in the project and, if that is in a uv workspace, in the directories above it up
    to the workspace's root. A file of comments alone asks for nothing.
    """
    for directory in _directories(root):
        for name in NAMES:
            path = directory / name
            if path.is_file():
                return _read(path, Path(os.path.relpath(path, root)).as_posix())
    return None


def _directories(root: Path) -> Iterator[Path]:
    yield root
    above = list(root.parents)
    tops = [number for number, directory in enumerate(above) if _is_workspace(directory)]
    yield from above[: tops[0] + 1] if tops else ()


def _is_workspace(directory: Path) -> bool:
    import tomllib

    path = directory / "pyproject.toml"
    if not path.is_file():
        return False
    try:
        document = tomllib.loads(read_toml_text(path))
    except (OSError, ValueError, EncodingError):
        return False
    return "workspace" in table(document, "tool", "uv")


def _read(path: Path, name: str) -> PythonFile | None:
    try:
        lines = text_lines(read_text(path, name))
    except OSError:
        return None
    except EncodingError as error:
        return PythonFile(name=name, line=error.line, text=error.reason, version=None)
    for number, line in enumerate(lines, 1):
        words = line.partition("#")[0].split()
        if words:
            return PythonFile(name=name, line=number, text=words[0], version=_version(words[0]))
    return None


def _version(text: str) -> str | None:
    """Return the version of CPython 3 that is asked for, as ``3.12`` or ``3.12.4``; None for others."""
    if match := _CPYTHON.fullmatch(text):
        return match["version"]
    if match := _SHORT.fullmatch(text):
        return f"3.{match['minor']}"
    return None
