"""Errors of the ledger that callers tell apart."""

from sparkferry.errors import UserError, WorldError


class TakenError(UserError):
    """The run id belongs to another run."""


class TransitionError(WorldError):
    """The run is in a state from which it cannot come to the wanted one."""


class UnreadableError(WorldError):
    """The record is damaged, or of a newer version of sparkferry."""


class UnwrittenError(WorldError):
    """The id was reserved by a client that ended before it wrote the plan."""
