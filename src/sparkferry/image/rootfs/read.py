"""Reads the file system of an image from its layers."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import IO

from sparkferry.image.rootfs.model import Keep, RootFs, Wanted
from sparkferry.image.rootfs.stream import read_entries
from sparkferry.image.rootfs.union import Union

Opener = Callable[[], AbstractContextManager[IO[bytes]]]
"""Opens a layer as it is stored: compressed with gzip or zstd, or a plain tar."""


def read_rootfs(layers: Iterable[Opener], keep: Keep, wanted: Wanted | None = None) -> RootFs:
    """Return the file system of the image that consists of ``layers``, the lowest first.

    ``keep`` says which files' content is kept, and how much of it; ``wanted`` which files are read as
    ELF files. Each layer is read once, as a stream.

    :raises ExternalError: a layer cannot be read.
    """
    union = Union()
    for number, opened in enumerate(layers):
        with opened() as stream:
            for path, node, head in read_entries(stream, number, keep, wanted):
                union.add(path, node, head)
    return union.result()
