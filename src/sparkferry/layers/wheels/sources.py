"""Source trees that wheels are built from: directories and git repositories."""

import hashlib
import os
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from sparkferry.errors import UserError
from sparkferry.files import sha256_file
from sparkferry.process import run

_NOT_SOURCE = (
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


def digest_tree(root: Path) -> str:
    """Return a SHA-256 of the names, modes and contents of a directory's source files.

    :raises UserError: there is no such directory.
    """
    if not root.is_dir():
        raise UserError(
            f"could not build `{root.name}`: there is no directory `{root}`",
            hint="the lock names it as a path dependency: lock again, or put it there",
        )
    digest = hashlib.sha256()
    for path in _files(root):
        name = path.relative_to(root).as_posix().encode("utf-8", "surrogateescape")
        content = str(path.readlink()) if path.is_symlink() else sha256_file(path)
        executable = os.access(path, os.X_OK)
        digest.update(b"%d %s\0%d %s\0" % (len(name), name, executable, content.encode()))
    return digest.hexdigest()


def copy_tree(root: Path, to: Path) -> None:
    """Copy a directory's source files, so that a build cannot leave anything in the user's tree."""
    shutil.copytree(root, to, symlinks=True, ignore=shutil.ignore_patterns(*_NOT_SOURCE))


def check_out(repository: str, commit: str, to: Path) -> None:
    """Put the files of a commit, and of its submodules, into the new directory ``to``.

    :raises WorldError: the repository cannot be reached, or has no such commit.
    """
    to.mkdir()
    action = f"check out `{repository}` at {commit[:12]}"
    env = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "0"}
    steps = (
        ("init", "--quiet"),
        ("fetch", "--quiet", "--depth=1", repository, commit),
        ("checkout", "--quiet", "--detach", commit),
        ("submodule", "--quiet", "update", "--init", "--recursive", "--depth=1"),
    )
    for step in steps:
        run(["git", *step], action=action, cwd=to, env=env)


def _files(root: Path) -> Iterator[Path]:
    ignored = shutil.ignore_patterns(*_NOT_SOURCE)
    for directory, names, files in os.walk(root):
        out = ignored(directory, [*names, *files])
        links = [name for name in names if (Path(directory) / name).is_symlink()]
        names[:] = sorted(set(names) - out - set(links))
        for name in sorted({*files, *links} - out):
            yield Path(directory) / name


def unpack_archive(archive: Path, to: Path) -> Path:
    """Unpack a source archive below ``to`` and return its one top directory.

    :raises UserError: it cannot be unpacked safely, or has more than one.
    """
    try:
        shutil.unpack_archive(archive, to, filter=None if archive.suffix == ".zip" else "data")
        (top,) = to.iterdir()
    except (shutil.ReadError, tarfile.TarError, zipfile.BadZipFile, OSError, ValueError) as error:
        raise UserError(
            f"could not unpack `{archive.name}`: {error}", hint="it is no source archive"
        ) from error
    return top
