"""The file system of an image as a value."""

from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from sparkferry.image.entry import Kind
from sparkferry.layers.libraries.content import FoundElf

Keep = Callable[[str, int], int]
"""Says how many bytes of a file's beginning are kept, by its path and its size in bytes."""

Wanted = Callable[[str], bool]
"""Says whether a file is asked what it says as an ELF file, by its path."""

_HOPS = 40
"""Symbolic links that one path may lead through, as Linux allows (path_resolution(7))."""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One file, directory or link, as the last layer that has it says."""

    layer: int
    """Number of that layer, counted from 0."""
    kind: Kind | Literal["other"]
    """``other``: a device or a pipe."""
    mode: int = 0o755
    """Permission bits, with setuid, setgid and sticky bit."""
    uid: int = 0
    gid: int = 0
    size: int = 0
    """In bytes; of a hard link that of its file."""
    target: str = ""
    """Where a symbolic link leads, as written; for a hard link the path of the file."""
    elf: FoundElf = None
    """What it says as an ELF file; None for any other file, and where it was not asked."""


class Hidden(msgspec.Struct, frozen=True, kw_only=True):
    """A file or link that a later entry replaced or deleted: it is carried, and nobody sees it."""

    path: str
    node: Node
    head: bytes
    """What was kept of its content."""
    by: int
    """Number of the layer that hid it."""


class RootFs(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a container of the image sees, and what the layers carry beside it.

    Paths are relative to the root, without ``/`` at either end; methods take them with it, too.
    """

    nodes: dict[str, Node]
    """By physical path; the root is ``""``."""
    contents: dict[str, bytes]
    """What was kept of files, by physical path."""
    hidden: tuple[Hidden, ...]

    def find(self, path: str) -> Node | None:
        """Return what is at ``path``, symbolic links followed; None if nothing is."""
        place = self.resolve(path)
        return None if place is None else self.nodes[place]

    def resolve(self, path: str) -> str | None:
        """Return the physical path of what is at ``path``; None if nothing is."""
        place = physical(self.nodes, path)
        return place if place in self.nodes else None

    def content(self, path: str) -> bytes | None:
        """Return what was kept of the file at ``path``; None if there is none or nothing was."""
        place = self.resolve(path)
        return None if place is None else self.contents.get(place)

    def text(self, path: str) -> str:
        """Return the file at ``path`` as text; empty if there is none or nothing was kept."""
        return (self.content(path) or b"").decode("utf-8", "replace")


def physical(nodes: Mapping[str, Node], path: str) -> str | None:
    """Return ``path`` with every symbolic link replaced by where it leads inside the root.

    What does not exist stays as written. None where the links lead in a circle.
    """
    pending, done, hops = path.split("/")[::-1], list[str](), 0
    while pending:
        part = pending.pop()
        node = nodes.get("/".join([*done, part]))
        if part in {"", ".", ".."}:
            done = done[:-1] if part == ".." else done
        elif node is None or node.kind != "symlink":
            done.append(part)
        elif (hops := hops + 1) > _HOPS:
            return None
        else:
            done = [] if node.target.startswith("/") else done
            pending.extend(node.target.split("/")[::-1])
    return "/".join(done)
