"""Dotted keys, in TOML's own syntax: written, read, and compared with the known ones."""

import re
import tomllib
from collections.abc import Iterable

PART = r"""(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
"""One part of a key: bare, basic string or literal string (TOML 1.0, "Keys")."""

KEY = re.compile(rf"{PART}(?:[ \t]*\.[ \t]*{PART})*")
"""A dotted key."""

_PART = re.compile(PART)
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def parts(key: str) -> tuple[str, ...]:
    """Return the parts of a dotted key that :data:`KEY` matches, unquoted."""
    return tuple(map(_unquoted, _PART.findall(key)))


def dotted(path: Iterable[str | int]) -> str:
    """Return the path as a dotted key, its parts quoted where TOML demands it."""
    return ".".join(_quoted(str(part)) for part in path)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that ``word`` was most likely meant to be, or None."""
    from difflib import get_close_matches

    found = get_close_matches(word, list(known), n=1)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str], *, plural: str) -> str:
    """Return a hint that names the nearest of the known words, or else lists them all."""
    known = sorted(known)
    near = nearest(word, known)
    if near:
        return f"did you mean `{near}`?"
    listed = ", ".join(f"`{item}`" for item in known)
    return f"known {plural}: {listed}" if known else f"there are no {plural}"


def _quoted(part: str) -> str:
    if _BARE.fullmatch(part):
        return part
    escaped = part.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _unquoted(part: str) -> str:
    if part[0] not in "\"'":
        return part
    return part[1:-1] if "\\" not in part else str(tomllib.loads(f"part = {part}")["part"])
