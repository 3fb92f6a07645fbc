"""The format of a Debian package (deb(5)): an ar archive with a version, and two tar archives."""

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Literal

from sparkferry.errors import WorldError

_MAGIC = b"!<arch>\n"
_HEADER = 60
_NAME, _SIZE, _END = slice(0, 16), slice(48, 58), slice(58, 60)
_ENDING = b"`\n"
"""The common ar format, as deb(5) describes it: names of at most 16 bytes, sizes in decimal."""

_Mode = Literal["r:", "r:gz", "r:xz"]
_MODES: dict[str, _Mode] = {".tar": "r:", ".tar.gz": "r:gz", ".tar.xz": "r:xz"}
"""What the packages of bookworm and trixie use; zstd is Ubuntu's."""


@contextmanager
def opened(path: Path, part: Literal["control", "data"]) -> Iterator[tarfile.TarFile]:
    """Open one of the two tar archives of the package ``path``.

    :raises WorldError: the file is no package, damaged or dangerous; also while it is being read.
    """
    import lzma
    import zlib

    try:
        name, content = _find(path.read_bytes(), part)
        mode = _mode(name.removeprefix(part))
        with tarfile.open(fileobj=BytesIO(content), mode=mode, errorlevel=2) as archive:
            yield archive
    except (ValueError, EOFError, tarfile.TarError, lzma.LZMAError, zlib.error) as error:
        raise WorldError(
            f"could not read `{path.name}`: {str(error) or type(error).__name__}",
            hint="the package is damaged, or not one of Debian's",
        ) from error


def _mode(ending: str) -> _Mode:
    if ending not in _MODES:
        raise ValueError(f"`{ending}` is a compression that sparkferry does not read")
    return _MODES[ending]


def _find(data: bytes, part: str) -> tuple[str, memoryview]:
    members = dict(_members(data))
    if bytes(members.get("debian-binary", b""))[:2] != b"2.":
        raise ValueError("it is not a Debian package of format 2")
    for name, content in members.items():
        if name.startswith(f"{part}.tar"):
            return name, content
    raise ValueError(f"it has no `{part}.tar`")


def _members(data: bytes) -> Iterator[tuple[str, memoryview]]:
    if not data.startswith(_MAGIC):
        raise ValueError("it is not an ar archive")
    at, view = len(_MAGIC), memoryview(data)
    while at + _HEADER <= len(data):
        header = data[at : at + _HEADER]
        size = int(header[_SIZE])
        start = at + _HEADER
        if header[_END] != _ENDING or start + size > len(data):
            raise ValueError("the ar archive is damaged")
        yield header[_NAME].decode("ascii").rstrip().rstrip("/"), view[start : start + size]
        at = start + size + size % 2
