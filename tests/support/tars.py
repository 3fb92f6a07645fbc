"""Layers of images, written by the standard library."""

import io
import tarfile
from collections.abc import Callable
from typing import IO

Member = tarfile.TarInfo


def member(name: str, content: bytes | None = b"", **fields: object) -> tuple[Member, bytes]:
    """Return a file; with ``content`` None a directory; ``type`` and ``linkname`` make links."""
    info = tarfile.TarInfo(name)
    info.mode = 0o644 if content is not None else 0o755
    info.type = tarfile.REGTYPE if content is not None else tarfile.DIRTYPE
    info.size = len(content or b"")
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content or b""


def symlink(name: str, target: str) -> tuple[Member, bytes]:
    """Return a symbolic link."""
    return member(name, type=tarfile.SYMTYPE, linkname=target, mode=0o777)


def hardlink(name: str, target: str) -> tuple[Member, bytes]:
    """Return a hard link."""
    return member(name, type=tarfile.LNKTYPE, linkname=target)


def tar(*members: tuple[Member, bytes]) -> bytes:
    """Return a plain tar of them."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def opener(data: bytes) -> Callable[[], IO[bytes]]:
    """Return what opens ``data`` as a layer."""
    return lambda: io.BytesIO(data)
