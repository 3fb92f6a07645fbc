"""Streams that know what they must amount to."""

import hashlib
from typing import IO, TYPE_CHECKING

from sparkferry.errors import ExternalError
from sparkferry.image.model import Descriptor
from sparkferry.image.rootfs.stream import Raw

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Verified(Raw):
    """The bytes of ``stream``; at their end they must be those of the descriptor.

    :raises ExternalError: from the read that finds the end, if they are not.
    """

    def __init__(self, stream: IO[bytes], descriptor: Descriptor) -> None:
        super().__init__(stream)
        self._descriptor = descriptor
        self._sum = hashlib.sha256()

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Read into ``buffer``, and return how many bytes."""
        count = super().readinto(buffer)
        self._sum.update(memoryview(buffer).cast("B")[:count])
        if not count:
            check_digest(self._descriptor, self._sum.hexdigest())
        return count

    def close(self) -> None:
        """Close the stream, too."""
        self._stream.close()
        super().close()


def check_digest(descriptor: Descriptor, sha256: str) -> None:
    """Raise :class:`ExternalError` unless the descriptor's digest is this one."""
    if descriptor.sha256 != sha256:
        raise ExternalError(
            f"could not verify `{descriptor.digest}`: the SHA-256 of what is there is {sha256}",
            hint="the copy is damaged: make or pull it again",
        )
