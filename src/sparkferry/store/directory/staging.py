"""How a directory store writes: complete under ``.staging`` first, then named by a hard link.

The file system grants a name to exactly one of several writers, and only ever to a complete file: so an
object is there whole or not at all, whenever a writer is killed.
"""

import errno
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree

from sparkferry.files import create, link, temporary_sibling

READ_ONLY = 0o444
STAGING = ".staging"
STAGING_SECONDS = 86_400.0
"""Age from which a staged file is taken for what a killed writer left."""

_ATTEMPTS = 16
_NO_LINK = {errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.ENOTSUP}
"""What says that a file cannot be linked from where it is, so that it is copied instead."""


class Staging:
    """The writing side of the directory store at ``root``; methods raise OSError.

    ``ignored`` is a directory that git shall never see: it gets a ``.gitignore`` with the first object.
    """

    def __init__(self, root: Path, ignored: Path | None) -> None:
        self._root = root
        self._ignored = ignored
        self._ready = False

    @contextmanager
    def staged(self, name: str) -> Iterator[Path]:
        """Yield an unused path for a file to be completed at; what is left there is removed."""
        self._prepare()
        with temporary_sibling(self._root / STAGING / name) as path:
            yield path

    def place(self, complete: Path, path: Path) -> bool:
        """Give the staged file ``complete`` its name, read-only; return False where it is taken."""
        complete.chmod(READ_ONLY)
        return self._link(complete, path)

    def place_linked(self, source: Path, path: Path) -> bool | None:
        """Do the same with a file from elsewhere, without copying it.

        Return None where it cannot be: the file may still be written to, or is on another file system.
        """
        if source.stat().st_mode & 0o222:
            return None
        self._prepare()
        try:
            return self._link(source.resolve(), path)
        except OSError as error:
            if error.errno in _NO_LINK:
                return None
            raise

    def _link(self, complete: Path, path: Path) -> bool:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                placed = link(complete, path)
                break
            except (FileNotFoundError, FileExistsError):
                # A concurrent delete has just removed the directory that it had left empty; mkdir
                # tells of one that goes while it looks as of a file that stands there.
                if attempt == _ATTEMPTS:
                    raise
        if not placed and path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "there are objects below this name")
        return placed

    def _prepare(self) -> None:
        if self._ready:
            return
        self._root.mkdir(parents=True, exist_ok=True)
        if self._ignored:
            create(self._ignored / ".gitignore", b"*\n")
        self._sweep()
        self._ready = True

    def _sweep(self) -> None:
        """Remove what writers left that were killed."""
        oldest = time.time() - STAGING_SECONDS
        for left in (self._root / STAGING).glob("*"):
            # Another process may be sweeping too.
            with suppress(FileNotFoundError):
                if left.stat().st_mtime < oldest:
                    rmtree(left, ignore_errors=True)
