"""Events as records, of which the last one tells all of a run.

Each holds all events up to its own; that of the end holds the plan as well. In version 1, which has no
``version``, each holds its own event alone.
"""

from typing import Any

import msgspec

from sparkferry.runs.model import Event, Run
from sparkferry.runs.records import convert, decode, encode
from sparkferry.runs.stored import check_version, plan_of, tree_of
from sparkferry.targets.plan import Plan

VERSION = 2


class History(msgspec.Struct, frozen=True, kw_only=True):
    """What one record tells."""

    events: tuple[Event, ...]
    is_whole: bool
    """Whether no event before them is missing."""
    plan: Plan | None = None
    """The run's plan, where the run has ended."""


def encode_history(run: Run) -> bytes:
    """Return the record of the run's last event."""
    plan = {"plan": tree_of(run.plan)} if run.final else {}
    return encode({"version": VERSION, "events": run.events, **plan})


def decode_history(data: bytes, key: str) -> History:
    """Read the record of an event that was written under ``key``.

    :raises UnreadableError: it is damaged, or of a newer version of sparkferry.
    """
    tree = decode(data, dict[str, Any], key)
    if "version" not in tree:
        event = convert(tree, Event, key)
        return History(events=(event,), is_whole=event.seq == 1)
    check_version(tree, VERSION, key)
    events = convert(tree.get("events"), tuple[Event, ...], key)
    plan = plan_of(tree["plan"], key) if "plan" in tree else None
    return History(events=events, is_whole=True, plan=plan)
