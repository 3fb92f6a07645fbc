"""One entry of a layer, as a value: what every part of an image is made of."""

from pathlib import Path
from typing import Literal

import msgspec

Kind = Literal["file", "directory", "symlink", "hardlink"]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One file, directory or link of an image."""

    path: str
    """Relative to the image's root, without ``/`` at either end, as ``etc/passwd``."""
    kind: Kind = "file"
    mode: int = 0o644
    """Permission bits, with setuid, setgid and sticky bit."""
    uid: int = 0
    gid: int = 0
    target: str = ""
    """Where a symbolic link leads, as written; for a hard link the path of the file, as ``path``."""
    content: bytes | Path = b""
    """Of a file: its bytes, or a file to read them from."""
