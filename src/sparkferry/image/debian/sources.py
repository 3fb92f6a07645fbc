"""What apt's source lists say (sources.list(5)): ``.sources`` files and one-line ``.list`` files."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import msgspec

from sparkferry.image.debian.control import Stanza, stanzas

_LINE = re.compile(
    r"deb\s+(?:\[(?P<options>[^\]]*)\]\s*)?(?P<uri>\S+)\s+(?P<suite>\S+)(?P<rest>.*)"
)


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One archive of binary packages and those of its suites and components that are used."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str = ""
    """Paths or fingerprints, or an armored key; empty where apt trusts all of its keys."""


def read_sources(root: Path) -> tuple[Source, ...]:
    """Return what the source lists of the system below ``root`` name, in apt's order."""
    directory = root / "etc/apt"
    files = [directory / "sources.list"]
    parts = directory / "sources.list.d"
    if parts.is_dir():
        files.extend(sorted(parts.iterdir()))
    return tuple(source for path in files if path.is_file() for source in _read(path))


def parse_stanzas(text: str) -> Iterator[Source]:
    """Yield the archives of a ``.sources`` file."""
    for stanza in stanzas(text):
        if "deb" in _words(stanza, "types") and stanza.get("enabled", "yes").lower() != "no":
            for uri in _words(stanza, "uris"):
                yield Source(
                    uri=uri,
                    suites=_words(stanza, "suites"),
                    components=_words(stanza, "components"),
                    signed_by=stanza.get("signed-by", ""),
                )


def parse_lines(text: str) -> Iterator[Source]:
    """Yield the archives of a ``.list`` file."""
    for line in text.splitlines():
        found = _LINE.fullmatch(line.partition("#")[0].strip())
        if found:
            options = dict(item.partition("=")[::2] for item in shlex.split(found["options"] or ""))
            yield Source(
                uri=found["uri"],
                suites=(found["suite"],),
                components=tuple(found["rest"].split()),
                signed_by=options.get("signed-by", "").replace(",", " "),
            )


def _read(path: Path) -> Iterator[Source]:
    text = path.read_text("utf-8", "replace")
    if path.suffix == ".sources":
        yield from parse_stanzas(text)
    elif path.suffix == ".list":
        yield from parse_lines(text)


def _words(stanza: Stanza, field: str) -> tuple[str, ...]:
    return tuple(stanza.get(field, "").split())
