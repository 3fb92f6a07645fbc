"""Digests of files that a build may read."""

import hashlib
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from sparkferry.files import sha256_file

LARGE = 16 * 1024 * 1024
"""Bytes from which on a file that Git does not track is known by size and times, and is linked into
the copy that is built. Reading and copying data sets would take longer than the build."""

NOT_SOURCE = (
    ".git",
    ".hg",
    ".venv",
    "__pycache__",
    "*.pyc",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".tox",
    ".nox",
    ".sparkferry",
)
"""Names that tools leave in a source tree, and that no build reads."""


def fingerprint(path: Path) -> str:
    """Return what tells the content at ``path`` from another: of a file, a link, or nothing."""
    try:
        facts = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return "none"
    if stat.S_ISLNK(facts.st_mode):
        return f"link {path.readlink()}"
    if not stat.S_ISREG(facts.st_mode):
        return "other"
    if facts.st_size >= LARGE:
        return f"large {facts.st_size} {facts.st_mtime_ns} {facts.st_ctime_ns}"
    executable = bool(facts.st_mode & stat.S_IXUSR)
    return f"file {executable} {sha256_file(path)}"


def digest(parts: Iterable[str]) -> str:
    """Return a SHA-256 of the sequence of ``parts``."""
    made = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogateescape")
        made.update(b"%d " % len(data) + data)
    return made.hexdigest()


def digest_tree(root: Path) -> str:
    """Return a SHA-256 of the names, modes and contents of a directory's source files."""
    return digest(
        part
        for path in source_files(root)
        for part in (path.relative_to(root).as_posix(), fingerprint(path))
    )


def source_files(root: Path) -> Iterator[Path]:
    """Yield the files and links below ``root``, but for :data:`NOT_SOURCE`, in a fixed order."""
    ignored = shutil.ignore_patterns(*NOT_SOURCE)
    for directory, names, files in os.walk(root):
        out = ignored(directory, [*names, *files])
        links = [name for name in names if (Path(directory) / name).is_symlink()]
        names[:] = sorted(set(names) - out - set(links))
        for name in sorted({*files, *links} - out):
            yield Path(directory) / name
