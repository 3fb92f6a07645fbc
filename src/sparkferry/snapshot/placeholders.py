"""Files that stand for content which is elsewhere, told by their first bytes or their name."""

import re

LIMIT = 1024
"""Bytes of the largest pointer (Git LFS: "pointer files must be less than 1024 bytes")."""

_POINTERS = (
    (b"version https://git-lfs.github.com/spec/", "Git LFS", "git lfs pull"),
    (b"version https://hawser.github.com/spec/", "Git LFS", "git lfs pull"),
    (b"/annex/objects/", "git-annex", "git annex get"),
)
"""What pointers begin with: of Git LFS (its specification, and its older name), and of git-annex
(internals, "pointer files")."""

_ICLOUD = re.compile(r"\..+\.icloud")
"""File that macOS leaves in place of one which is in iCloud alone."""


def placeholder(path: str, content: bytes) -> tuple[str, str] | None:
    """Return what the file stands for, and how to get its content; None if it is what it seems.

    :param content: its first bytes, at least `LIMIT` if it has as many.
    """
    if len(content) < LIMIT:
        for begin, owner, command in _POINTERS:
            if content.startswith(begin):
                return f"a pointer of {owner} in place of its content", f"fetch it: `{command}`"
    if _ICLOUD.fullmatch(path.rpartition("/")[2]) and content.startswith(b"bplist"):
        return "a placeholder of a file in iCloud", "download it in Finder, or by `brctl download`"
    return None
