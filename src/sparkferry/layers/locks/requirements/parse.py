"""One line of a requirements file that names a package, a file, a directory or a repository."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from sparkferry.layers.digests import DigestError, parse_digest
from sparkferry.layers.locks.requirements.lines import LogicalLine
from sparkferry.layers.locks.requirements.model import Line
from sparkferry.layers.locks.requirements.options import LineError, parse_options
from sparkferry.layers.locks.requirements.sources import Direct, find_direct, is_direct
from sparkferry.process import redact

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_OPTIONS = re.compile(r"\s+(?=--|-C)")
_EDITABLE = re.compile(r"(?:-e|--editable)(?:\s*=\s*|\s+)(?=\S)")
_CONDA = re.compile(r"([A-Za-z0-9._-]+)=(\d[^=\s]*)(?:=\S+)?")
"""A line of ``conda list --export``: ``name=version=build``."""

_PER_REQUIREMENT = frozenset({"--hash", "--config-settings", "--global-option"})


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    """A requirement before its options are added."""

    text: str
    source: Direct | None = None
    name: str | None
    marker: str = ""
    version: str | None = None


def is_requirement(line: LogicalLine) -> bool:
    """Tell whether the line is a requirement and does not consist of options."""
    return not line.text.startswith("-") or bool(_EDITABLE.match(line.text))


def parse_requirement(line: LogicalLine, bases: tuple[Path, ...], *, is_constraint: bool) -> Line:
    """Return what the line says; relative paths are looked for in ``bases``.

    :raises LineError: it cannot be understood.
    """
    body, *rest = _OPTIONS.split(_EDITABLE.sub("", line.text, count=1), maxsplit=1)
    digests = _digests(rest[0] if rest else "")
    if not digests and "--hash" in line.comment:
        raise LineError(
            "its hash stands in a comment, where pip does not read it",
            "put `--hash` in front of the `#`, or take it out of the comment",
        )
    head = _head(body, bases)
    direct = head.source
    return Line(
        file=line.file,
        number=line.number,
        source=direct.kind if direct else "index",
        text=head.text,
        shown=redact(body),
        name=head.name,
        marker=head.marker,
        version=head.version,
        digests=(*digests, *(direct.digests if direct else ())),
        has_hash_option=bool(digests),
        is_constraint=is_constraint,
        problem=direct.problem if direct else None,
        hint=direct.hint if direct else None,
    )


def _digests(text: str) -> tuple[str, ...]:
    options = list(parse_options(text))
    for option in options:
        if option.name not in _PER_REQUIREMENT:
            reason = f"`{option.name}` cannot follow a requirement"
            raise LineError(reason, "put it on a line of its own")
    try:
        return tuple(parse_digest(item.value) for item in options if item.name == "--hash")
    except DigestError as error:
        hint = "`pip-compile --generate-hashes` and `uv pip compile --generate-hashes` write hashes"
        raise LineError(str(error), hint) from error


def _head(body: str, bases: tuple[Path, ...]) -> _Head:
    if conda := _CONDA.fullmatch(body):
        raise LineError(
            "it is a line of `conda list --export`, which pip does not read",
            f"write `{conda[1]}=={conda[2]}`; `pip list --format=freeze` writes such lines",
        )
    if is_direct(body):
        return _unnamed(body, bases)
    required = _parsed(body)
    if required.url:
        return _named(required, find_direct(required.url, bases))
    return _Head(
        text=_without_marker(required),
        name=_canonical(required.name),
        marker=str(required.marker or ""),
        version=_pinned(required),
    )


def _unnamed(body: str, bases: tuple[Path, ...]) -> _Head:
    address, _, marker = body.partition(" ;") if " ;" in body else body.partition("; ")
    extras = re.search(r"\[[A-Za-z0-9._,\s-]+\]$", address.strip())
    address = address.strip().removesuffix(extras[0] if extras else "")
    direct = find_direct(address, bases)
    condition = str(_parsed(f"x ; {marker}").marker) if marker.strip() else ""
    said = extras[0] if extras else ""
    if direct.name is None:
        return _Head(text=f"{direct.url}{said}", source=direct, name=None, marker=condition)
    named = _parsed(f"{direct.name}{said}")
    return msgspec.structs.replace(_named(named, direct), marker=condition)


def _named(required: "Requirement", direct: Direct) -> _Head:
    extras = f"[{','.join(sorted(required.extras))}]" if required.extras else ""
    return _Head(
        text=f"{required.name}{extras} @ {direct.url}",
        source=direct,
        name=_canonical(required.name),
        marker=str(required.marker or ""),
    )


def _parsed(body: str) -> "Requirement":
    from packaging.requirements import InvalidRequirement, Requirement

    hint = "write `name==version`, as PEP 508 says"
    try:
        found = Requirement(body)
    except InvalidRequirement as error:
        reason = str(error).partition("\n")[0]
        raise LineError(f"it is not a requirement: {reason}", hint) from error
    # `packaging` before 26.4 takes an empty version after `===`.
    if not all(item.version for item in found.specifier):
        raise LineError("it is not a requirement: no version follows the operator", hint)
    return found


def _without_marker(required: "Requirement") -> str:
    extras = f"[{','.join(sorted(required.extras))}]" if required.extras else ""
    return f"{required.name}{extras}{required.specifier}"


def _pinned(required: "Requirement") -> str | None:
    exact = (
        item.version
        for item in required.specifier
        if item.operator in {"==", "==="} and not item.version.endswith(".*")
    )
    return next(exact, None)


def _canonical(name: str) -> str:
    from packaging.utils import canonicalize_name

    return canonicalize_name(name)
