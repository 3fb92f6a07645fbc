"""What every stage of one command shares."""

from collections.abc import Mapping

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.clock import SYSTEM, Clock
from sparkferry.progress import QUIET, Progress


class Env(msgspec.Struct, frozen=True, kw_only=True):
    """The surroundings of one command; made once, by the command line."""

    cache: Cache
    progress: Progress = QUIET
    clock: Clock = SYSTEM
    environ: Mapping[str, str]
    """Variables of the process."""
