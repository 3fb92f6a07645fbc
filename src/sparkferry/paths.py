"""Where sparkferry keeps what belongs to the user and not to a project."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from sparkferry.errors import UserError


def cache_dir() -> Path:
    """Return the cache's directory: everything in it can be made again.

    ``SPARKFERRY_CACHE_DIR``, else the platform's cache directory.

    :raises UserError: there is neither it nor a home.
    """
    return _directory("SPARKFERRY_CACHE_DIR") or _usual("cache")


def state_dir() -> Path:
    """Return the directory of what is alive now: embedded clusters and their processes.

    ``SPARKFERRY_STATE_DIR``, else the platform's state directory.

    :raises UserError: there is neither it nor a home.
    """
    return _directory("SPARKFERRY_STATE_DIR") or _usual("state")


def home() -> Path:
    """Return the user's home; one that does not exist where the system knows none."""
    return Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() fails where there is none


def user_name(environ: Mapping[str, str]) -> str:
    """Return the login name of who runs the command, else the number of the user."""
    named = environ.get("LOGNAME") or environ.get("USER")
    if named:
        return named
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # containers run as numbers without a name
        return str(os.getuid())


def _usual(what: Literal["cache", "state"]) -> Path:
    from platformdirs import PlatformDirs

    dirs = PlatformDirs("sparkferry")
    try:
        return dirs.user_cache_path if what == "cache" else dirs.user_state_path
    except RuntimeError as error:
        raise UserError(
            f"could not choose the {what} directory: {error}",
            hint=f"let SPARKFERRY_{what.upper()}_DIR name a directory that you may write to",
        ) from error


def _directory(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value).absolute() if value else None
