"""Programs of an image, looked up as a process in it would."""

from collections.abc import Iterator

from sparkferry.base.elf import MAGIC, platform_of
from sparkferry.errors import Diagnostic
from sparkferry.image.rootfs.model import RootFs
from sparkferry.image.verify.accounts import may_execute
from sparkferry.image.verify.model import CheckInput, error

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""What engines set where an image has no PATH (that of Docker and containerd)."""


def search_path(subject: CheckInput) -> tuple[str, ...]:
    """Return the entries of the image's PATH."""
    return tuple(subject.config.config.environ.get("PATH", DEFAULT_PATH).split(":"))


def which(subject: CheckInput, program: str) -> str | None:
    """Return the path, as it is written, of a program by its name or path; None if there is none."""
    if "/" in program:
        return program if subject.rootfs.find(program) else None
    places = (f"{directory}/{program}" for directory in search_path(subject))
    return next((place for place in places if _is_program(subject.rootfs, place)), None)


def _is_program(rootfs: RootFs, path: str) -> bool:
    node = rootfs.find(path)
    return node is not None and node.kind in {"file", "hardlink"} and bool(node.mode & 0o111)


def check_program(subject: CheckInput, what: str, path: str) -> Iterator[Diagnostic]:
    """Yield what keeps ``path``, which is ``what`` in messages, from being run in a container."""
    place = subject.rootfs.resolve(path)
    if place is None:
        yield error(f"{what} is `{path}`, which is not in the image", "install it, or name another")
        return
    node, who = subject.rootfs.nodes[place], subject.identity
    if node.kind not in {"file", "hardlink"}:
        yield error(f"{what} is `{path}`, which is a {node.kind}", "name the program itself")
    elif who is not None and not may_execute(subject.rootfs, place, who):
        yield error(
            f"{what} is `{path}`, which the user {who.uid} may not execute",
            "allow it on the file and on every directory above: `chmod a+rx`",
        )
    else:
        yield from check_machine(subject, what, path)


def check_machine(subject: CheckInput, what: str, path: str) -> Iterator[Diagnostic]:
    """Yield an error if the ELF file at ``path`` is for another platform than the image."""
    head = subject.rootfs.content(path) or b""
    found = platform_of(head)
    if head.startswith(MAGIC[:4]) and found != subject.config.platform:
        yield error(
            f"{what} is `{path}`, which is for {found or 'another platform'}: the image is for "
            f"{subject.config.platform}",
            "take it from a package for that platform",
        )
