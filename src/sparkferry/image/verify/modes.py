"""What may be written by whom."""

from collections.abc import Iterator

from sparkferry.errors import Diagnostic
from sparkferry.image.rootfs.model import Node
from sparkferry.image.verify.accounts import may_write
from sparkferry.image.verify.model import CheckInput, warning

_STICKY = 0o1000
"""On a directory: everybody may add, but nobody may replace what is another's, as in /tmp (inode(7))."""


def check_writable(subject: CheckInput) -> Iterator[Diagnostic]:
    """Check that nothing but places like /tmp is everybody's to change."""
    found = sorted(path for path, node in subject.rootfs.nodes.items() if _is_everybodys(node))
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        yield warning(
            f"everybody may write to `/{found[0]}`{more}: any process can change what others run",
            "give it to the user or its group: `chmod o-w`",
        )


def _is_everybodys(node: Node) -> bool:
    if node.kind == "directory":
        return bool(node.mode & 0o2) and not node.mode & _STICKY
    return node.kind == "file" and bool(node.mode & 0o2)


def check_working_directory(subject: CheckInput) -> Iterator[Diagnostic]:
    """Check that Spark may write where it is started: it makes warehouses and logs there."""
    path, who = subject.config.config.working_dir or "/", subject.identity
    place = subject.rootfs.resolve(path)
    if place is None or subject.rootfs.nodes[place].kind != "directory":
        yield warning(
            f"the working directory `{path}` is not a directory of the image: it will be root's",
            "make it, and give it to the user",
        )
    elif who is not None and not may_write(subject.rootfs, place, who):
        yield warning(
            f"the user {who.uid} may not write to the working directory `{path}`",
            "set one that it may write to: `WORKDIR /opt/spark/work-dir`",
        )
