"""Users and groups of an image, and what they may do: passwd(5), group(5), path_resolution(7)."""

import msgspec

from sparkferry.image.examine.model import Config
from sparkferry.image.rootfs.model import Node, RootFs


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A line of ``/etc/passwd``."""

    name: str
    uid: int
    gid: int
    home: str


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A line of ``/etc/group``."""

    name: str
    gid: int
    members: tuple[str, ...]


class Accounts(msgspec.Struct, frozen=True, kw_only=True):
    """All users and groups."""

    users: tuple[User, ...]
    groups: tuple[Group, ...]

    def user(self, name: str) -> User | None:
        """Return the user with this name."""
        return next((user for user in self.users if user.name == name), None)

    def group(self, name: str) -> Group | None:
        """Return the group with this name."""
        return next((group for group in self.groups if group.name == name), None)


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the kernel takes a process for."""

    uid: int
    gids: frozenset[int]


def read_accounts(rootfs: RootFs) -> Accounts:
    """Return the users and groups; lines that are none are passed over."""
    return Accounts(
        users=tuple(
            User(name=x[0], uid=int(x[2]), gid=int(x[3]), home=x[5])
            for x in _lines(rootfs.text("etc/passwd"), 7)
            if x[2].isdigit() and x[3].isdigit()
        ),
        groups=tuple(
            Group(name=x[0], gid=int(x[2]), members=tuple(filter(None, x[3].split(","))))
            for x in _lines(rootfs.text("etc/group"), 4)
            if x[2].isdigit()
        ),
    )


def _lines(text: str, fields: int) -> list[list[str]]:
    lines = (line.split(":") for line in text.splitlines())
    return [line for line in lines if len(line) == fields]


def identity_of(config: Config, accounts: Accounts) -> Identity | None:
    """Return who the config's ``User`` is; None if it names what ``accounts`` does not have.

    It is ``user``, ``uid``, ``user:group`` and so on (OCI image configuration); empty for root.
    """
    name, _, group = (config.config.user or "0").partition(":")
    user = accounts.user(name) or _by_number(accounts, name)
    if user is None and not name.isdigit():
        return None
    gid = _gid(accounts, group) if group else (user.gid if user else 0)
    if gid is None:
        return None
    return identity(user.uid if user else int(name), gid, accounts)


def identity(uid: int, gid: int, accounts: Accounts) -> Identity:
    """Return the identity of ``uid`` with its further groups."""
    names = {user.name for user in accounts.users if user.uid == uid}
    further = (group.gid for group in accounts.groups if not names.isdisjoint(group.members))
    return Identity(uid=uid, gids=frozenset({gid, *further}))


def _by_number(accounts: Accounts, number: str) -> User | None:
    return next((user for user in accounts.users if str(user.uid) == number), None)


def _gid(accounts: Accounts, group: str) -> int | None:
    found = accounts.group(group)
    if found is not None:
        return found.gid
    return int(group) if group.isdigit() else None


def may_execute(rootfs: RootFs, path: str, who: Identity) -> bool:
    """Return whether ``who`` may execute what is at the physical ``path``, or enter the directory."""
    parts = path.split("/")
    places = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
    return all(_allows(rootfs.nodes[place], who, 0o1) for place in places)


def may_write(rootfs: RootFs, path: str, who: Identity) -> bool:
    """Return whether ``who`` may write to what is at the physical ``path``."""
    return _allows(rootfs.nodes[path], who, 0o2)


def _allows(node: Node, who: Identity, bit: int) -> bool:
    if who.uid == 0:
        return node.kind == "directory" or bool(bit != 0o1 or node.mode & 0o111)
    if node.uid == who.uid:
        return bool(node.mode & bit << 6)
    return bool(node.mode & (bit << 3 if node.gid in who.gids else bit))
