"""Keys: what may name an object, in every store alike."""

import re

from sparkferry.errors import UserError

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters, and surrogates, which no UTF-8 name can hold."""


def check_key(key: str) -> str:
    """Return ``key`` if it may name an object.

    :raises UserError: it is empty, absolute, has an empty, ``.`` or ``..`` part, a control character,
        or begins with ``.``, which is kept for the store's own files.
    """
    if problem := key_problem(key):
        raise UserError(f"could not use {key!r} as a key of the store: {problem}")
    return key


def key_problem(key: str) -> str | None:
    """Return why ``key`` cannot name an object, or None if it can."""
    parts = key.split("/")
    if not key:
        return "it is empty"
    if not all(parts):
        return "it has an empty part"
    if "." in parts or ".." in parts:
        return "it has a part `.` or `..`"
    if key.startswith("."):
        return "it begins with a dot"
    if _CONTROL.search(key):
        return "it has a control character or is not Unicode"
    return None


def may_begin(prefix: str) -> bool:
    """Return whether a key can begin with ``prefix``."""
    folder, slash, start = prefix.rpartition("/")
    if slash and key_problem(folder):
        return False
    return not _CONTROL.search(start)
