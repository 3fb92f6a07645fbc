"""What is wrong with a package of a lock, with the line that it stands in."""

import re

from sparkferry.errors import Diagnostic
from sparkferry.layers.locks.lock import Lock
from sparkferry.text import read_text, text_lines


def problem(lock: Lock, name: str, reason: str, hint: str) -> Diagnostic:
    """Return the error that the package ``name`` of the lock cannot be had for ``reason``."""
    message = f"could not select `{name}`: {reason}"
    return Diagnostic("error", message, hint, lock.name, line_of(lock, name))


def line_of(lock: Lock, name: str) -> int | None:
    """Return the line of the lock that begins the package ``name``, or None."""
    plain = rf"{re.escape(name)}(?![\w.-])"
    text = plain if lock.kind == "requirements" else rf'name = "{plain}"$'
    pattern = re.compile(text, re.IGNORECASE)
    lines = text_lines(read_text(lock.path, lock.name, coding=lock.kind == "requirements"))
    return next((number for number, line in enumerate(lines, 1) if pattern.match(line)), None)
