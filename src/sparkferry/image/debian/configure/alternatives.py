"""Links that ``update-alternatives`` would make, as ``/usr/bin/java``, ``awk`` and ``which``.

A JRE registers its programs by name in ``/usr/lib/jvm/.<name>.jinfo``; others state theirs in the
maintainer script, where debhelper writes them down without variables.
"""

import re
import shlex
from collections.abc import Iterator

import msgspec

from sparkferry.image.debian.configure.unpacked import Unpacked, directory, lines, symlink
from sparkferry.image.debian.contents import Contents
from sparkferry.image.debian.paths import merged
from sparkferry.image.entry import Entry

_PLACE = "etc/alternatives"
_CALL = re.compile(r"^\s*update-alternatives\s+(--install\s.*)$", re.MULTILINE)
_JRE_PROGRAMS = frozenset({"hl", "jre"})
"""Kinds of lines in a .jinfo that the headless JRE and the JRE bring (update-java-alternatives(8))."""


class Alternative(msgspec.Struct, frozen=True, kw_only=True):
    """One program that can be had under a name that others can have, too."""

    link: str
    """Where the name is, as ``usr/bin/java``."""
    name: str
    """In /etc/alternatives."""
    path: str
    """Of the program."""
    priority: int


def alternatives(unpacked: Unpacked) -> Iterator[Entry]:
    """Yield the links of every name, to the program of the highest priority that is there."""
    best: dict[str, Alternative] = {}
    for found in _all(unpacked):
        known = best.get(found.link)
        if unpacked.has(found.path) and (known is None or found.priority > known.priority):
            best[found.link] = found
    if best:
        yield directory(_PLACE)
    for link, found in sorted(best.items()):
        yield symlink(f"{_PLACE}/{found.name}", f"/{found.path}")
        yield symlink(link, f"/{_PLACE}/{found.name}")


def parse_calls(script: str) -> Iterator[Alternative]:
    """Yield what a maintainer script installs by calls without variables."""
    for call in _CALL.findall(script.replace("\\\n", " ")):
        words = _words(call)
        if len(words) >= 5 and not any("$" in word for word in words) and words[4].isdigit():
            yield _alternative(words[1:4], int(words[4]))
            for at, word in enumerate(words):
                if word == "--slave" and len(words) > at + 3:
                    yield _alternative(words[at + 1 : at + 4], int(words[4]))


def parse_jinfo(content: bytes) -> Iterator[Alternative]:
    """Yield the programs of a JRE."""
    priority = 0
    for line in lines(content):
        if line.startswith("priority="):
            priority = int(line.partition("=")[2])
        words = line.split()
        if len(words) == 3 and words[0] in _JRE_PROGRAMS:
            yield _alternative([f"/usr/bin/{words[1]}", words[1], words[2]], priority)


def _all(unpacked: Unpacked) -> Iterator[Alternative]:
    for contents in unpacked.packages.values():
        yield from _of_package(contents)


def _of_package(contents: Contents) -> Iterator[Alternative]:
    yield from parse_calls(contents.scripts.get("postinst", ""))
    for path, content in contents.kept.items():
        if path.endswith(".jinfo"):
            yield from parse_jinfo(content)


def _alternative(words: list[str], priority: int) -> Alternative:
    link, name, path = words
    return Alternative(
        link=merged(link.lstrip("/")),
        name=name,
        path=merged(path.lstrip("/")),
        priority=priority,
    )


def _words(call: str) -> list[str]:
    """Return the words of a call up to what the shell would do with it."""
    try:
        words = shlex.split(call, comments=True)
    except ValueError:
        return []
    ends = [at for at, word in enumerate(words) if word in {"||", "&&", ";", "|"}]
    return words[: ends[0]] if ends else words
