"""What a job left outside of its output location, in words."""

from collections.abc import Iterator, Mapping

from sparkferry.runs.ledger import Ledger
from sparkferry.runs.model import Run
from sparkferry.targets.api import LEFT

_SHOWN = 3
"""Names that a warning lists."""

_WHERE = {
    "work": "its working directory",
    "home": "its home directory",
    "code": "the directory of its code",
    "packages": "the directory of its packages",
    "python": "the directory of its interpreter",
    "executors": "directories of its executors",
}
"""What the first part of a name stands for."""


def read_left(ledger: Ledger, run: Run) -> dict[str, int]:
    """Return the size in bytes of every file that a run left, by its name below :data:`LEFT`."""
    prefix = f"{run.plan.prefix}/{LEFT}/"
    return {x.key.removeprefix(prefix): x.size for x in ledger.store.list(prefix)}


def left_place(run: Run) -> str:
    """Return where the files are that a run left, as the user would write it."""
    return f"{run.plan.store.rstrip('/')}/{run.plan.prefix}/{LEFT}"


def left_warnings(left: Mapping[str, int], place: str) -> Iterator[str]:
    """Yield a warning for each kind of directory that has files; ``place`` is where they are kept."""
    for area, where in _WHERE.items():
        names = [name.removeprefix(f"{area}/") for name in left if name.startswith(f"{area}/")]
        if names:
            count = "a file" if len(names) == 1 else f"{len(names)} files"
            yield (
                f"the job wrote {count} to {where}, where no other run sees them: {_listed(names)}; "
                f"kept in `{place}/{area}`; write results below `context.output`"
            )


def _listed(names: list[str]) -> str:
    """Return the names, or what they begin with where there are many."""
    tops = [name.partition("/")[0] + "/" * ("/" in name) for name in names]
    shown = names if len(names) <= _SHOWN else list(dict.fromkeys(tops))
    listed = ", ".join(f"`{name}`" for name in shown[:_SHOWN])
    return f"{listed} and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else listed
