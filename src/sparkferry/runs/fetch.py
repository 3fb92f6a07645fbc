"""Bringing a run to this machine: its records and logs, its output, its layers."""

from pathlib import Path

from sparkferry.errors import UserError
from sparkferry.progress import Progress
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.model import Run
from sparkferry.targets.plan import result_prefix

OUTPUT = "output"
"""Directory of what the run wrote to its output location."""


def fetch_run(
    ledger: Ledger, run: Run, destination: Path, progress: Progress, *, layers: bool = False
) -> tuple[Path, ...]:
    """Write what the store has of a run to the new directory ``destination``; return the files.

    :raises UserError: something is there already.
    """
    if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
        raise UserError(
            f"could not fetch the run `{run.id}` to `{destination}`: something is there already",
            hint="name a directory that is new or empty: `--to DIR`",
        )
    places = {
        f"{run.plan.prefix}/": destination,
        f"{result_prefix(run.plan.prefix)}/": destination / OUTPUT,
    }
    wanted = {
        entry.key: place / entry.key.removeprefix(prefix)
        for prefix, place in places.items()
        for entry in ledger.store.list(prefix)
    }
    if layers:
        wanted |= {layer.key: destination / layer.key for layer in run.plan.layers}
    for key, path in wanted.items():
        ledger.store.fetch(key, path, progress)
    return tuple(wanted.values())
