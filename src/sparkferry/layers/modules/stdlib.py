"""The standard library of each Python, without what the packed interpreter leaves out."""

import sys
from functools import cache

_CHANGES: dict[int, tuple[str, str]] = {
    9: (
        "_aix_support _bootsubprocess _zoneinfo graphlib zoneinfo",
        "_dummy_thread dummy_threading",
    ),
    10: ("", "_bootlocale _peg_parser formatter parser symbol"),
    11: ("_tokenize _typing tomllib", "binhex"),
    12: (
        "_pydatetime _pylong _sha2",
        "_bootsubprocess _sha256 _sha512 asynchat asyncore distutils imp smtpd",
    ),
    13: (
        "_colorize _interpchannels _interpqueues _interpreters _opcode_metadata _pyrepl _suggestions",
        """_crypt aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap msilib nis nntplib ossaudiodev
        pipes sndhdr spwd sunau telnetlib uu xdrlib""",
    ),
    14: ("_hmac _remote_debugging _types _zstd annotationlib compression", ""),
}
"""What each minor version added and removed: ``sys.stdlib_module_names`` of CPython 3.10 to 3.13, the
directories of 3.8 and 3.9, and "What's New in Python 3.14"."""

LEFT_OUT = frozenset({"ensurepip", "idlelib", "nis", "tkinter", "turtle", "turtledemo", "_tkinter"})
"""What the packed interpreter does not have (see `layers.interpreter.tree`)."""


@cache
def standard(minor: int) -> frozenset[str]:
    """Return the names of the modules that the packed Python 3.``minor`` has."""
    names = set(sys.stdlib_module_names)
    for version in range(sys.version_info.minor, minor, -1):
        added, removed = _changes(version)
        names = (names - added) | removed
    for version in range(sys.version_info.minor + 1, minor + 1):
        added, removed = _changes(version)
        names = (names | added) - removed
    return frozenset(names - LEFT_OUT)


def was_removed(name: str, minor: int) -> int | None:
    """Return the minor version, up to ``minor``, that removed the module ``name``, or None."""
    return next(
        (version for version in _CHANGES if version <= minor and name in _changes(version)[1]), None
    )


def was_added(name: str, minor: int) -> int | None:
    """Return the minor version above ``minor`` that added the module ``name``, or None."""
    return next(
        (version for version in _CHANGES if version > minor and name in _changes(version)[0]), None
    )


def _changes(minor: int) -> tuple[set[str], set[str]]:
    added, removed = _CHANGES.get(minor, ("", ""))
    return set(added.split()), set(removed.split())
