"""What commands print to standard output: tables and JSON. Data only."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec


def table(rows: Sequence[Sequence[object]], headers: Sequence[str]) -> None:
    """Print aligned columns; the header only on a terminal, so that pipes get rows alone."""
    cells = [[_cell(value) for value in row] for row in rows]
    shown = [list(headers), *cells] if sys.stdout.isatty() else cells
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)] if shown else []
    for index, row in enumerate(shown):
        line = "  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True))
        bold = index == 0 and shown is not cells
        click.echo(click.style(line.rstrip(), bold=True) if bold else line.rstrip())


def emit_json(value: object) -> None:
    """Print ``value`` (data, msgspec structs, paths) as indented JSON."""
    import json

    plain = msgspec.to_builtins(value, enc_hook=_encode)
    click.echo(_printable(json.dumps(plain, indent=2, ensure_ascii=False)))


def _cell(value: object) -> str:
    return "-" if value is None else _printable(str(value).replace("\n", " "))


def _printable(text: str) -> str:
    r"""Return ``text``; bytes in it that are no Unicode as ``\udc..``, as JSON writes them."""
    return text.encode("utf-8", "backslashreplace").decode()


def _encode(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"cannot write {type(value).__name__} as JSON")
