"""Errors of stores, and what the user can do about the usual ones."""

import errno

from sparkferry.errors import ExternalError

_FULL = "free space on the store's disk, or point the target's `store` at another"
_DENIED = "check who may write there, or point the target's `store` at a directory of your own"
_NO_LINKS = "its file system has no hard links; point the target's `store` at a local disk"

_HINTS = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.EROFS: _DENIED,
    errno.EXDEV: _NO_LINKS,
    errno.ENOTSUP: _NO_LINKS,
    errno.ENOTDIR: "a file is in the place of a directory",
}


class NotFoundError(ExternalError):
    """The store is there and the key is not."""


def not_found(key: str, url: str) -> NotFoundError:
    """Return the error for an absent ``key`` of the store at ``url``."""
    return NotFoundError(f"could not read `{key}`: it is not in the store `{url}`")


def world_error(action: str, name: str, error: OSError) -> ExternalError:
    """Return what the operating system said of ``name`` as an error with a hint."""
    reason = error.strerror or str(error)
    return ExternalError(
        f"could not {action} `{name}`: {reason}", hint=_HINTS.get(error.errno or 0)
    )
