"""What is written down of a run before anything else: its id, its place, the layers that it will need."""

import msgspec

from sparkferry.runs.errors import UnreadableError
from sparkferry.store.keys import key_problem
from sparkferry.targets.plan import Plan

IDS = "ids/"


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a run before its plan is written."""

    prefix: str
    """Where its records will be."""
    layers: frozenset[str]
    """Digests of the layers that it will need."""


def reservation_of(plan: Plan) -> bytes:
    """Return the reservation of a plan: a line with its prefix, and one for each digest."""
    digests = sorted({layer.digest for layer in plan.layers})
    return "\n".join((plan.prefix, *digests)).encode()


def read_reservation(data: bytes, run_id: str) -> Reservation:
    """Return the reservation of a run.

    :raises UnreadableError: it is damaged.
    """
    prefix, *digests = data.decode("utf-8", "replace").split("\n")
    if key_problem(prefix) or not prefix.startswith("runs/") or prefix.count("/") != 2:
        raise UnreadableError(
            f"could not read the record `{IDS}{run_id}`: it is damaged",
            hint="delete it: the run that it named cannot be found by it",
        )
    return Reservation(prefix=prefix, layers=frozenset(digests))
