"""Single files out of a tar, read where they lie."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Files = Callable[[str], IO[bytes]]
"""Opens a file of a layout or archive by its name; raises FileNotFoundError if it is not there."""


def archive_files(path: Path) -> Files:
    """Return what opens the files in the tar ``path``.

    :raises tarfile.TarError: it is none.
    """
    with tarfile.open(path) as archive:
        parts = {x.name: (x.offset_data, x.size) for x in archive if x.isreg()}

    def opened(name: str) -> IO[bytes]:
        if name not in parts:
            raise FileNotFoundError(name)
        start, size = parts[name]
        return io.BufferedReader(_Part(path, start, size))

    return opened


class _Part(io.RawIOBase):
    """``size`` bytes of the file ``path`` from ``start`` on."""

    def __init__(self, path: Path, start: int, size: int) -> None:
        self._stream = path.open("rb")
        self._start, self._size, self._at = start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        self._stream.seek(self._start + self._at)
        data = self._stream.read(min(len(view), max(0, self._size - self._at)))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()
