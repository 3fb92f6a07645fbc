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
    encoded = msgspec.json.encode(value, enc_hook=_encode)
    click.echo(msgspec.json.format(encoded, indent=2).decode())


def _cell(value: object) -> str:
    return "-" if value is None else str(value).replace("\n", " ")


def _encode(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"cannot write {type(value).__name__} as JSON")
