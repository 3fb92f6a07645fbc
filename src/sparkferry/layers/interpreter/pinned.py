"""Whether the Python that `.python-version` asks for can be the target's, and why not."""

import re
from collections.abc import Iterator, Sequence

from sparkferry.errors import Diagnostic
from sparkferry.project.model import Project, PythonFile

_PLAIN = re.compile(r">=3\.(?P<low>[0-9]+)(?:, ?<(?:4|3\.(?P<high>[0-9]+)))?")
"""The usual form of ``requires-python``; the import of `packaging` takes longer than all else."""

_NEWEST_PATCH = "99"
"""Stands for the newest patch release: `>=3.12.4` admits Python 3.12."""


def pinned_version(project: Project, minors: Sequence[str]) -> str | None:
    """Return the version that the project's `.python-version` asks for, if the target can have it.

    ``minors`` are the minor versions that the target's Spark runs on, in order.
    """
    file = project.python_file
    return file.version if file and _refusal(project, file, minors) is None else None


def pin_findings(project: Project, python: str, minors: Sequence[str]) -> Iterator[Diagnostic]:
    """Yield a warning where the target gets another ``python`` than `.python-version` asks for."""
    file = project.python_file
    if file is None or project.target.python:
        return
    if file.version and f"{python}.".startswith(f"{file.version}."):
        return
    reason = _refusal(project, file, minors) or "it is not installed"
    message = f"`{file.text}` of `{file.name}` is not followed: {reason}; the target gets {python}"
    wish = file.version or minors[-1]
    hint = f"set `python` of the target, run `uv python install {wish}`, or change the file"
    yield Diagnostic("warning", message, hint, file.name, file.line)


def _refusal(project: Project, file: PythonFile, minors: Sequence[str]) -> str | None:
    """Return why the target cannot have it; None where it can."""
    if file.version is None:
        return "it is not a version of CPython 3"
    minor = ".".join(file.version.split(".")[:2])
    if minor not in minors:
        line = project.settings.spark
        return f"Spark {line} runs on {minors[0]} to {minors[-1]}"
    full = file.version if file.version != minor else f"{minor}.{_NEWEST_PATCH}"
    if not _admits(project.requires_python, full):
        return f"`requires-python` is `{project.requires_python}`"
    return None


def _admits(specifiers: str, version: str) -> bool:
    """Return whether PEP 440 ``specifiers`` admit the full ``version`` of Python 3."""
    if plain := _PLAIN.fullmatch(specifiers):
        minor = int(version.split(".")[1])
        return int(plain["low"]) <= minor < int(plain["high"] or minor + 1)
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(specifiers).contains(version)
