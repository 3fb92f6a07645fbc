"""A wheel that is open for reading."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from sparkferry.layers.packages.wheel_layout import place
from sparkferry.layers.packages.wheel_metadata import find_dist_info
from sparkferry.layers.packages.zip_content import read_content
from sparkferry.layers.packages.zip_read import Member, WheelError, read_archive

TEXT_LIMIT = 16 << 20
"""Bytes of the largest file that is read as a whole: no source code and no metadata is larger."""


class WheelArchive(msgspec.Struct, frozen=True):
    """The files of a wheel and its open file."""

    filename: str
    handle: int
    dist_info: str
    """Name of its metadata directory."""
    members: Mapping[str, Member]
    """By name, in the order of their bytes."""
    remarks: tuple[str, ...]
    """What is odd about the archive but does no harm."""

    def pieces(self, member: Member) -> Iterator[bytes]:
        """Yield the content in bounded pieces; its size and CRC are checked at the end.

        :raises WheelError: the content is not what the archive's directory says.
        """
        return read_content(self.handle, self.filename, member)

    def text(self, name: str) -> bytes:
        """Return the content of a source or metadata file.

        :raises WheelError: the content is not what the archive's directory says, or too large.
        """
        member = self.members[name]
        if member.size > TEXT_LIMIT:
            raise WheelError(
                self.filename, f"`{name}` has {member.size} bytes, too many for a text"
            )
        return b"".join(self.pieces(member))

    def metadata(self, file: str) -> bytes:
        """Return the content of a file of the metadata directory.

        :raises WheelError: it is missing, too large, or not what the archive's directory says.
        """
        name = f"{self.dist_info}/{file}"
        if name not in self.members:
            raise WheelError(self.filename, f"it has no {file}")
        return self.text(name)

    def place(self, name: str) -> str:
        """Return the path of a member in the layer."""
        return place(self.dist_info, name)


@contextmanager
def open_wheel(path: Path) -> Iterator[WheelArchive]:
    """Open the wheel at ``path`` while the block runs.

    :raises WheelError: the archive is malformed, or has not one metadata directory of its own name.
    """
    found = read_archive(path)
    dist_info = find_dist_info(path.name, found.members)
    members = {item.name: item for item in found.members}
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield WheelArchive(path.name, handle, dist_info, members, found.remarks)
    finally:
        os.close(handle)
