"""The resolved settings as rows: key, value, where the value came from."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from sparkferry.process import redact
from sparkferry.project.keys import dotted
from sparkferry.project.model import Project


class Row(msgspec.Struct, frozen=True):
    """One resolved setting."""

    key: str
    """Dotted, as `-o` takes it."""
    value: Any
    """As JSON; credentials in it are replaced by ``***``."""
    origin: str
    """``pyproject.toml:LINE``, ``.python-version:LINE``, ``environment NAME``, ``command line`` or
    ``default``."""

    @property
    def text(self) -> str | None:
        """The value as one writes it."""
        plain = self.value is None or isinstance(self.value, str)
        return self.value if plain else json.dumps(self.value, ensure_ascii=False)


def describe(project: Project, pinned: str | None = None) -> tuple[Row, ...]:
    """Return every resolved setting of the project, tables taken apart, in the model's order.

    ``pinned`` is the version that `.python-version` gives to targets that say no ``python``.
    """
    settings = msgspec.to_builtins(project.settings)
    rows = (
        Row(dotted(path), value, project.origins.get(dotted(path), "default"))
        for path, value in _leaves(settings, ())
    )
    pins = {dotted(("targets", name, "python")) for name in project.settings.targets}
    file = project.python_file
    return tuple(
        Row(row.key, pinned, file.place)
        if pinned and file and row.key in pins and row.value is None
        else row
        for row in rows
    )


def _leaves(value: object, path: Sequence[str]) -> Iterator[tuple[Sequence[str], object]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    else:
        yield path, "***" if value is not None and _is_secret(path) else _redacted(value)


def _is_secret(path: Sequence[str]) -> bool:
    named = path[0] in {"jobs", "targets"}  # the user's name of a job says nothing of its values
    assignment = ".".join(path[2:] if named else path) + "=value"
    return redact(assignment) != assignment


def _redacted(value: object) -> object:
    if isinstance(value, list):
        return [_redacted(item) for item in value]
    return redact(value) if isinstance(value, str) else value
