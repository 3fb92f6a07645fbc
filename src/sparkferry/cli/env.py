"""The surroundings of a command."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sparkferry.env import Env


def make_env() -> "Env":
    """Return the cache, progress, clock and variables of this command."""
    from sparkferry.base.cache import Cache
    from sparkferry.cli.progress import reporter
    from sparkferry.env import Env

    return Env(cache=Cache(), progress=reporter(), environ=dict(os.environ))
