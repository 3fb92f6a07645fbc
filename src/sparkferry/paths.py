"""Where sparkferry keeps what belongs to the user and not to a project."""

import os
from pathlib import Path

import platformdirs


def cache_dir() -> Path:
    """Return the cache's directory: everything in it can be made again.

    ``SPARKFERRY_CACHE_DIR``, else the platform's cache directory.
    """
    return _directory("SPARKFERRY_CACHE_DIR") or platformdirs.user_cache_path("sparkferry")


def state_dir() -> Path:
    """Return the directory of what is alive now: embedded clusters and their processes.

    ``SPARKFERRY_STATE_DIR``, else the platform's state directory.
    """
    return _directory("SPARKFERRY_STATE_DIR") or platformdirs.user_state_path("sparkferry")


def _directory(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value).absolute() if value else None
