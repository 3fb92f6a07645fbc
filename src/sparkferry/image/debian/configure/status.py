"""``/var/lib/dpkg/status.d``: what scanners (trivy, syft, grype) read where dpkg was not run.

One file for each package with the stanza that dpkg's own status file would have, and beside it the
checksums of its files. Distroless images introduced the directory.
"""

import re
from collections.abc import Iterator

from sparkferry.image.debian.configure.unpacked import Unpacked, directory, text
from sparkferry.image.debian.contents import Contents
from sparkferry.image.debian.control import stanzas
from sparkferry.image.debian.paths import merged
from sparkferry.image.entry import Entry

_PLACE = "var/lib/dpkg/status.d"
_STATUS = "var/lib/dpkg/status"
_PACKAGE = re.compile("^Package: .*$", re.MULTILINE)


def status(unpacked: Unpacked) -> Iterator[Entry]:
    """Yield the stanzas and checksums of the packages.

    A base's own status file is written anew without the packages that ours take the place of.
    """
    yield directory("var/lib/dpkg")
    yield directory(_PLACE)
    for name, contents in unpacked.packages.items():
        yield Entry(path=f"{_PLACE}/{name}", content=_stanza(contents))
        yield Entry(path=f"{_PLACE}/{name}.md5sums", content=_checksums(contents))
    base = unpacked.base.get(_STATUS)
    if base is not None:
        kept = _without(base.decode("utf-8", "surrogateescape"), unpacked)
        if kept is not None:
            yield Entry(path=_STATUS, content=kept.encode("utf-8", "surrogateescape"))


def _stanza(contents: Contents) -> bytes:
    stanza = _PACKAGE.sub(r"\g<0>\nStatus: install ok installed", contents.control.strip("\n"), 1)
    return f"{stanza}\n".encode()


def _checksums(contents: Contents) -> bytes:
    """Return the checksums of the files that are in the image, where they are there."""
    files = set(contents.files)
    found = []
    for line in contents.md5sums.splitlines():
        checksum, _, path = line.partition("  ")
        if merged(path) in files:
            found.append(f"{checksum}  {merged(path)}")
    return text(found)


def _without(base: str, unpacked: Unpacked) -> str | None:
    """Return the status file without the packages that are replaced; None where none is."""
    parts = [part for part in base.split("\n\n") if part.strip()]
    kept = [
        part
        for part in parts
        if next(stanzas(part), {}).get("package", "") not in unpacked.packages
    ]
    return (
        None if len(kept) == len(parts) else "".join(f"{part.strip(chr(10))}\n\n" for part in kept)
    )
