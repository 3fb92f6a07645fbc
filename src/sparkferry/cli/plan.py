"""``sparkferry plan``: what a run would do."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sparkferry.cli.options import json_option, project_options
from sparkferry.cli.output import emit_json, table
from sparkferry.cli.run_options import run_options
from sparkferry.project.select import Selected

if TYPE_CHECKING:
    from sparkferry.env import Env
    from sparkferry.flow import Prepared
    from sparkferry.runs.planning import RunRequest
    from sparkferry.runs.preview import Preview


@click.command()
@run_options
@click.option(
    "--out",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Save the plan; `run --plan FILE` carries out exactly that.",
)
@project_options
@json_option
def command(selected: Selected, request: "RunRequest", file: Path | None, as_json: bool) -> None:
    r"""Show what a run of JOB would build, upload, create and submit; nothing is sent or recorded.

    The layers are built, since their digests are part of the plan. Prints a line for each part.

    \b
    Examples:
      sparkferry plan flights
      sparkferry plan flights --set partitions=8 --out plan.json && sparkferry run --plan plan.json
    """
    from sparkferry.cli.env import make_env
    from sparkferry.flow import prepare
    from sparkferry.packing import open_project
    from sparkferry.runs.preview import save_plan

    env = make_env()
    prepared = prepare(open_project(selected, env), request, env)
    if file:
        save_plan(prepared.plan, request, file)
    show(prepared, env, as_json=as_json)


def show(prepared: "Prepared", env: "Env", *, as_json: bool) -> None:
    """Print what a prepared run would do."""
    from sparkferry.cli.failure import show_diagnostics
    from sparkferry.flow import request_of
    from sparkferry.runs.preview import preview
    from sparkferry.store.open import open_store

    show_diagnostics(prepared.warnings)
    store = open_store(prepared.plan.store, Path("/"), env)
    found = preview(prepared.plan, store, request_of(prepared.plan).text)
    if as_json:
        emit_json(found)
        return
    table(_rows(found), ("what", "value"))
    click.echo(found.request, err=True)


def _rows(found: "Preview") -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = [
        ("run", found.run),
        ("job", found.job),
        ("target", f"{found.target} ({found.tier})"),
        ("spark", f"{found.spark}, Python {found.python}"),
        ("source", f"{found.source or 'no Git'}{' (with changes)' if found.dirty else ''}"),
        *([("image", found.image)] if found.image else []),
    ]
    layers = (
        ("there" if layer.there else "upload", f"{layer.size} bytes, {layer.key}")
        for layer in found.layers
    )
    return [
        *rows,
        *layers,
        ("create", f"{found.store.rstrip('/')}/{found.records}"),
        ("output", found.output),
        ("cost", f"{found.upload} bytes, about {found.requests} requests to the store"),
    ]
