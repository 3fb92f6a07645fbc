"""The states of a run, and what may follow what."""

from typing import Literal

State = Literal[
    "planned",
    "submitting",
    "cancelling",
    "submitted",
    "running",
    "succeeded",
    "failed",
    "cancelled",
    "lost",
]

Kind = Literal[State, "identified"]
"""What an event tells: a new state, or that a remote id has become known."""

FINAL: frozenset[State] = frozenset({"succeeded", "failed", "cancelled", "lost"})

TRANSITIONS: dict[State, frozenset[State]] = {
    "planned": FINAL - {"succeeded"} | {"cancelling", "submitting"},
    "submitting": FINAL | {"cancelling", "submitted", "running"},
    "cancelling": FINAL,
    "submitted": FINAL | {"running"},
    "running": FINAL,
    **{state: frozenset() for state in FINAL},
}
"""States that may follow each state. A final state is final. ``submitted`` may be missing: a client that is
killed just after it has submitted does not record it, and what it submitted goes on. ``cancelling`` is a run
that was cancelled while nobody knew whether its target has it: whoever finds it there cancels it."""
