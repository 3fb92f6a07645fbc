"""The user of an image in its ``/etc/passwd`` and ``/etc/group``. Pure."""

from collections.abc import Iterable, Iterator

from sparkferry.errors import UserError
from sparkferry.image.entry import Entry
from sparkferry.image.kinds.kind import Account

USERS = "etc/passwd"
GROUPS = "etc/group"
_SHELL = "/bin/bash"


def account_entries(account: Account, passwd: str, group: str) -> tuple[Entry, Entry]:
    """Return the two files with the account in them, beside what the base has.

    :raises UserError: its name or number is another's in the base.
    """
    return (
        Entry(path=USERS, content=with_user(account, passwd).encode()),
        Entry(path=GROUPS, content=with_group(account, group).encode()),
    )


def with_user(account: Account, passwd: str) -> str:
    """Return the text of ``/etc/passwd`` (passwd(5)) with the account.

    :raises UserError: its name or number is another's.
    """
    for name, uid in _pairs(passwd):
        if (name == account.name) != (uid == account.uid):
            raise _taken(f"user `{account.name}` with number {account.uid}", name, uid)
        if name == account.name:
            return passwd
    home = f"{account.uid}:{account.gid}::{account.home}:{_SHELL}"
    return f"{_ended(passwd)}{account.name}:x:{home}\n"


def with_group(account: Account, group: str) -> str:
    """Return the text of ``/etc/group`` (group(5)) with the account's group.

    :raises UserError: its name is another's.
    """
    for name, gid in _pairs(group):
        if gid == account.gid:
            return group
        if name == account.group:
            raise _taken(f"group `{account.group}` with number {account.gid}", name, gid)
    return f"{_ended(group)}{account.group}:x:{account.gid}:\n"


def replaced(entries: Iterable[Entry], new: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the entries, with the new ones in the place of those of the same path or at the end."""
    by_path = {entry.path: entry for entry in entries}
    by_path.update((entry.path, entry) for entry in new)
    return tuple(by_path.values())


def text_of(entries: Iterable[Entry], path: str) -> str:
    """Return the text of the entry at ``path``; empty if there is none."""
    contents = (x.content for x in entries if x.path == path and isinstance(x.content, bytes))
    return next(contents, b"").decode()


def _pairs(text: str) -> Iterator[tuple[str, int]]:
    for line in text.splitlines():
        name, _, number, *_ = [*line.split(":"), "", "", ""]
        if number.isdecimal():
            yield name, int(number)


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"


def _taken(wanted: str, name: str, number: int) -> UserError:
    return UserError(
        f"could not add the {wanted} to the image: the base has `{name}` with number {number}",
        hint="choose another with `user`, `uid` and `gid` of [tool.sparkferry.image]",
    )
