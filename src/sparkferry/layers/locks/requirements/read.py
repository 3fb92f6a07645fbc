"""What a requirements file says, with the files that it includes."""

from collections.abc import Iterator
from pathlib import Path

from sparkferry.errors import Diagnostic, raise_errors
from sparkferry.layers.locks.requirements.lines import LogicalLine, logical_lines
from sparkferry.layers.locks.requirements.model import Line, Requirements
from sparkferry.layers.locks.requirements.options import LineError, Option, parse_options
from sparkferry.layers.locks.requirements.parse import is_requirement, parse_requirement
from sparkferry.layers.locks.requirements.parts import read_parts
from sparkferry.process import redact

_OF_INDEX = frozenset(
    {"--index-url", "--extra-index-url", "--no-index", "--no-binary", "--only-binary"}
)


def read_requirements(path: Path, name: str | None = None) -> Requirements:
    """Read a requirements file, called ``name`` in messages, with those that it includes.

    :raises UserError: one of the files cannot be read.
    :raises DiagnosticsError: lines cannot be understood.
    """
    name = name or path.name
    problems: list[Diagnostic] = []
    lines: list[Line] = []
    options: list[Option] = []
    for part in read_parts(path, name):
        bases = tuple(dict.fromkeys((part.path.parent, path.parent, _root(path, name))))
        for line in logical_lines(part.text, part.name):
            try:
                if is_requirement(line):
                    made = parse_requirement(line, bases, is_constraint=part.is_constraint)
                    lines.append(made)
                else:
                    options.extend(_options(line, part.path.parent))
            except ValueError as error:
                problems.append(_problem(line, error))
    raise_errors(f"read the lock `{name}`", problems)
    return _requirements(lines, options)


def _requirements(lines: list[Line], options: list[Option]) -> Requirements:
    names = {option.name for option in options}
    hosts = (option.value for option in options if option.name == "--trusted-host")
    return Requirements(
        lines=tuple(lines),
        index_options=tuple(
            f"{option.name} {option.value}".strip()
            for option in options
            if option.name in _OF_INDEX or option.name == "--find-links"
        ),
        options=(
            *(("--prerelease", "allow") if "--pre" in names else ()),
            *(word for host in hosts for word in ("--allow-insecure-host", host)),
        ),
        require_hashes="--require-hashes" in names or any(line.has_hash_option for line in lines),
    )


def _options(line: LogicalLine, directory: Path) -> Iterator[Option]:
    for option in parse_options(line.text):
        if option.name in {"--hash", "--config-settings", "--global-option"}:
            raise LineError(
                f"`{option.name}` follows no requirement",
                "end the line before it with a backslash, without a comment",
            )
        if option.name == "--find-links":
            # uv would look for it from the directory that it is called in.
            place = directory / option.value
            yield Option(option.name, str(place.absolute()) if place.exists() else option.value)
        else:
            yield option


def _root(path: Path, name: str) -> Path:
    """Return the directory that ``name`` starts from."""
    return path.parents[min(len(Path(name).parts), len(path.parents)) - 1]


def _problem(line: LogicalLine, error: ValueError) -> Diagnostic:
    shown = redact(line.text.partition(" --")[0].strip())
    message = f"could not read `{shown}`: {error}"
    hint = error.hint if isinstance(error, LineError) else "lock again with hashes"
    return Diagnostic("error", message, hint, line.file, line.number)
