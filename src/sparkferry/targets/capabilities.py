"""What a kind of target can do, as data."""

import msgspec


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a kind can do beside running jobs."""

    attached: bool = False
    """A run can end with the client that follows it."""
    stages: bool = False
    """Its status has Spark's stages."""
    live_logs: bool = True
    """Logs can be read before the end."""
    clusters: bool = False
    """It keeps clusters between runs: ``sparkferry cluster``."""
    sessions: bool = False
    """It can be used interactively."""
