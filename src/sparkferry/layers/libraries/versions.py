"""Versions of symbols, such as ``GLIBC_2.36`` and ``GLIBCXX_3.4.30``, as numbers."""

import re
from collections.abc import Mapping
from functools import lru_cache

from sparkferry.base.elf import glibc_version
from sparkferry.layers.libraries.model import Version

_VERSIONED = re.compile(r"([A-Z]+)_(\d+(?:\.\d+)*)")


@lru_cache(1024)
def newest_of(names: tuple[str, ...]) -> Mapping[str, Version]:
    """Return the newest of the versions by their prefix; names without a number are left out."""
    newest: dict[str, Version] = {}
    for name in names:
        prefix, version = _parsed(name)
        if version:
            newest[prefix] = max(version, newest.get(prefix, ()))
    return newest


def dotted(version: Version) -> str:
    """Return the version as text, as ``2.36``."""
    return ".".join(map(str, version))


def _parsed(name: str) -> tuple[str, Version]:
    if name.startswith("GLIBC_"):
        return "GLIBC", glibc_version(name)
    found = _VERSIONED.fullmatch(name)
    return (found[1], tuple(map(int, found[2].split(".")))) if found else ("", ())
