"""Errors of the ledger that callers tell apart."""

from sparkferry.errors import ExternalError, UserError


class TakenError(UserError):
    """The run id belongs to another run."""


class TransitionError(ExternalError):
    """The run is in a state from which it cannot come to the wanted one."""


class UnreadableError(ExternalError):
    """The record is damaged, or of a newer version of sparkferry."""


class UnwrittenError(ExternalError):
    """The id was reserved by a client that ended before it wrote the plan."""
