"""``sparkferry run``: the main job."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sparkferry.cli.options import json_option, store_options
from sparkferry.cli.run_options import run_options
from sparkferry.project.select import Selected

if TYPE_CHECKING:
    from sparkferry.env import Env
    from sparkferry.flow import Prepared
    from sparkferry.runs.ledger import Ledger
    from sparkferry.runs.planning import RunRequest


@click.command()
@run_options
@click.option("--detach", is_flag=True, help="Return as soon as the run is submitted.")
@click.option("--dry-run", is_flag=True, help="Show what it would do, as `plan` does; stop there.")
@click.option(
    "--plan",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Carry out a plan that `plan --out` saved, unless what it refers to has changed.",
)
@click.option("--from", "origin", metavar="RUN", help="With the code and packages of this run.")
@click.option(
    "--release", metavar="VERSION", help="Run a release, or `latest`; no checkout is needed."
)
@store_options
@json_option
def command(
    selected: Selected, request: "RunRequest", detach: bool, as_json: bool, **how: Any
) -> int:
    r"""Run JOB: print the run's id, then its result as JSON.

    With --release or --from, code, packages and settings are those of the release or of the earlier run,
    and nothing is built.

    \b
    Examples:
      sparkferry run flights
      sparkferry run flights --set partitions=8 --tier prod
      sparkferry run tool -- --verbose "as it is"
      sparkferry run flights --release 1.4.0 --store s3://prod/flights
      sparkferry run flights --from flights-20261120-0907 --set partitions=16
      sparkferry run --plan plan.json
    """
    from sparkferry.cli.env import make_env
    from sparkferry.cli.failure import show_diagnostics
    from sparkferry.cli.follow import submit_and_follow
    from sparkferry.cli.plan import show

    env, dry_run = make_env(), how.pop("dry_run")
    prepared, ledger = _prepared(selected, request, env, **how)
    if dry_run:
        show(prepared, env, as_json=as_json)
        return 0
    show_diagnostics(prepared.warnings)
    return submit_and_follow(prepared, ledger, env, detach=detach, as_json=as_json)


def _prepared(
    selected: Selected, request: "RunRequest", env: "Env", **how: Any
) -> "tuple[Prepared, Ledger]":
    """Plan the run in one of the ways; return it with the ledger that it is recorded in."""
    given = [name for name in ("file", "origin", "release") if how[name]]
    if len(given) > 1:
        raise click.UsageError("--plan, --from and --release are different runs: give one")
    match given:
        case ["release"]:
            return _of_release(selected, request, env, how["release"])
        case ["origin"]:
            return _of_run(selected, request, env, how["origin"])
        case ["file"]:
            return _of_plan(selected, env, how["file"])
        case _:
            return _of_project(selected, request, env)


def _of_release(
    selected: Selected, request: "RunRequest", env: "Env", name: str
) -> "tuple[Prepared, Ledger]":
    from sparkferry.cli.lookup import find_ledgers
    from sparkferry.releases.run import prepare_release

    ledger = find_ledgers(selected, env)[0]
    return prepare_release(ledger, name, request, selected.target, env), ledger


def _of_run(
    selected: Selected, request: "RunRequest", env: "Env", text: str
) -> "tuple[Prepared, Ledger]":
    from sparkferry.again import prepare_from, project_of
    from sparkferry.cli.lookup import open_runs
    from sparkferry.packing import open_project

    runs = open_runs(selected)
    old = runs.recorded(text)
    ledger = runs.ledger_of(old)
    project = project_of(old.plan, ledger) if selected.store else open_project(selected, env)
    return prepare_from(project, old.plan, ledger, request, env), ledger


def _of_plan(selected: Selected, env: "Env", file: Path) -> "tuple[Prepared, Ledger]":
    from msgspec.structs import replace

    from sparkferry.runs.preview import check_same, read_plan

    saved = read_plan(file)
    selected = replace(selected, target=saved.target, tier=saved.tier)
    prepared, ledger = _of_project(selected, saved.request, env)
    check_same(saved, prepared.plan)
    return prepared, ledger


def _of_project(selected: Selected, request: "RunRequest", env: "Env") -> "tuple[Prepared, Ledger]":
    from sparkferry.flow import prepare
    from sparkferry.packing import open_project
    from sparkferry.runs.open import open_ledger

    project = open_project(selected, env)
    return prepare(project, request, env), open_ledger(project, env)
