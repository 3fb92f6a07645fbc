"""Who runs in a container: users, groups, homes, and what they may write."""

from collections.abc import Iterator

from sparkferry.errors import Diagnostic
from sparkferry.image.rootfs.model import Node
from sparkferry.image.verify.accounts import Identity, User, identity, may_write
from sparkferry.image.verify.model import CheckInput, error, warning
from sparkferry.project.image_rules import DATAPROC_ID

_ADD = "add it: `groupadd -g 1099 spark && useradd -u 1099 -g 1099 -d /home/spark -m spark`"


def check_dataproc_user(subject: CheckInput) -> Iterator[Diagnostic]:
    """Check for user and group spark, 1099 both, as which the service runs everything."""
    user, group = subject.accounts.user("spark"), subject.accounts.group("spark")
    if group is None or group.gid != DATAPROC_ID:
        found = "none" if group is None else f"number {group.gid}"
        yield error(f"the group `spark` must have number {DATAPROC_ID}, and has {found}", _ADD)
    if user is None or (user.uid, user.gid) != (DATAPROC_ID, DATAPROC_ID):
        found = "there is none" if user is None else f"it has {user.uid}:{user.gid}"
        yield error(f"the user `spark` must be {DATAPROC_ID}:{DATAPROC_ID}: {found}", _ADD)
    else:
        yield from _home(subject, user, identity(user.uid, user.gid, subject.accounts))


def check_own_user(subject: CheckInput) -> Iterator[Diagnostic]:
    """Check that the image says who runs, and that it is not root."""
    written, who = subject.config.config.user, subject.identity
    if who is None:
        yield error(
            f"the image's user is `{written}`, which its /etc/passwd and /etc/group do not have",
            "add the user, or set it by number: `USER 185`",
        )
    elif who.uid == 0:
        yield error(
            "the image runs as root", "set another user, by number so that Kubernetes can check it"
        )
    else:
        user = next((x for x in subject.accounts.users if x.uid == who.uid), None)
        if user is None:
            yield error(
                f"the image's user {who.uid} has no name: Hadoop asks for it and fails",
                f"add a line to /etc/passwd: `useradd -u {who.uid} -g 0 -m spark`",
            )
        else:
            yield from _home(subject, user, who)
        if not written.partition(":")[0].isdigit():
            yield warning(
                f"the image's user is written as `{written}`",
                "write its number: Kubernetes cannot tell whether a name is root (runAsNonRoot)",
            )


def _home(subject: CheckInput, user: User, who: Identity) -> Iterator[Diagnostic]:
    place = subject.rootfs.resolve(user.home)
    if place is None or subject.rootfs.nodes[place].kind != "directory":
        yield error(
            f"the home `{user.home}` of the user `{user.name}` is not a directory of the image",
            "make it: `useradd --create-home`",
        )
    elif not may_write(subject.rootfs, place, who):
        yield error(
            f"the user `{user.name}` may not write to its home `{user.home}`",
            f"give it to the user: `chown {user.uid}:{user.gid} {user.home}`",
        )


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
