"""Layers put on each other, as engines do: whiteouts delete what is below, later entries replace it.

The rules are those of the OCI image specification 1.1, "Image Layer Filesystem Changeset": ``.wh.NAME``
deletes NAME of the layers below, ``.wh..wh..opq`` all of a directory that the layers below have.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import IO

import msgspec

from sparkferry.image.rootfs.model import Hidden, Keep, Node, RootFs, Wanted, physical
from sparkferry.image.rootfs.stream import read_entries

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_PRIVATE = ".wh..wh."
"""Other names with this beginning are notes that AUFS made for itself."""


class Union:
    """The layers that were read so far."""

    def __init__(self) -> None:
        self._nodes = {"": Node(layer=0, kind="directory")}
        self._children = defaultdict[str, set[str]](set)
        self._contents: dict[str, bytes] = {}
        self._hidden: list[Hidden] = []

    def add(self, path: str, node: Node, head: bytes | None) -> None:
        """Apply the next entry, which may be a whiteout."""
        parent, _, name = path.rpartition("/")
        if name == _OPAQUE:
            self._clear(self._place(parent), node.layer)
        elif name.startswith(_PRIVATE):
            return
        elif name.startswith(_WHITEOUT):
            hidden = self._below(self._place(parent), name.removeprefix(_WHITEOUT))
            self._drop(hidden, below=node.layer, by=node.layer)
        else:
            self._put(self._below(self._place(parent), name), node, head)

    def result(self) -> RootFs:
        """Return what all of it amounts to."""
        return RootFs(
            nodes=dict(sorted(self._nodes.items())),
            contents=dict(sorted(self._contents.items())),
            hidden=tuple(sorted(self._hidden, key=lambda x: (x.path, x.node.layer))),
        )

    def _place(self, path: str) -> str:
        # Engines write through links that are there already, as /bin is one to /usr/bin.
        return physical(self._nodes, path) or ""

    @staticmethod
    def _below(directory: str, name: str) -> str:
        return f"{directory}/{name}" if directory else name

    def _put(self, path: str, node: Node, head: bytes | None) -> None:
        old = self._nodes.get(path)
        if node.kind == "hardlink":
            node, head = self._linked(node)
        if old is not None and not old.kind == node.kind == "directory":
            self._drop(path, below=node.layer + 1, by=node.layer)
        self._enter(path, node)
        if head is not None:
            self._contents[path] = head

    def _linked(self, node: Node) -> tuple[Node, bytes | None]:
        target = self._place(node.target)
        file = self._nodes.get(target)
        if file is None:
            return node, None
        same = msgspec.structs.replace(
            node,
            target=target,
            size=file.size,
            mode=file.mode,
            uid=file.uid,
            gid=file.gid,
            elf=file.elf,
        )
        return same, self._contents.get(target)

    def _enter(self, path: str, node: Node) -> None:
        self._nodes[path] = node
        while path:
            parent, _, name = path.rpartition("/")
            self._children[parent].add(name)
            self._nodes.setdefault(parent, Node(layer=node.layer, kind="directory"))
            path = parent

    def _clear(self, path: str, layer: int) -> None:
        for name in sorted(self._children[path]):
            self._drop(self._below(path, name), below=layer, by=layer)

    def _drop(self, path: str, *, below: int, by: int) -> None:
        for name in sorted(self._children.get(path, ())):
            self._drop(self._below(path, name), below=below, by=by)
        node = self._nodes.get(path)
        if node is None or node.layer >= below or self._children.get(path):
            return
        head = self._contents.pop(path, b"")
        if node.kind != "directory":
            self._hidden.append(Hidden(path=path, node=node, head=head, by=by))
        del self._nodes[path]
        parent, _, name = path.rpartition("/")
        self._children[parent].discard(name)


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
