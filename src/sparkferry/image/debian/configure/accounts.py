"""Users and groups: base-passwd's, or those of the base image, and the accounts of the image's kind."""

from collections.abc import Iterator

from sparkferry.errors import UserError
from sparkferry.image.debian.configure.unpacked import Account, Unpacked, lines, text
from sparkferry.image.entry import Entry

_MASTERS = "usr/share/base-passwd"
"""What base-passwd's maintainer scripts begin /etc/passwd and /etc/group with."""

_SHADOW_GID = 42


def accounts(unpacked: Unpacked, wanted: tuple[Account, ...]) -> Iterator[Entry]:
    """Yield /etc/passwd, /etc/group, /etc/shadow where there is one, and the homes.

    :raises UserError: a name or number is taken.
    """
    users = [*_begin(unpacked, "passwd"), *_missing(unpacked, "passwd", wanted)]
    groups = [*_begin(unpacked, "group"), *_missing(unpacked, "group", wanted)]
    if users != list(lines(unpacked.base.get("etc/passwd"))):
        yield Entry(path="etc/passwd", content=text(users))
    if groups != list(lines(unpacked.base.get("etc/group"))):
        yield Entry(path="etc/group", content=text(groups))
    yield from _shadow(unpacked, wanted)
    for account in wanted:
        home = account.home.strip("/")
        yield Entry(path=home, kind="directory", mode=0o755, uid=account.uid, gid=account.gid)


def _begin(unpacked: Unpacked, file: str) -> list[str]:
    base = unpacked.base.get(f"etc/{file}")
    master = unpacked.file(f"{_MASTERS}/{file}.master")
    return list(lines(base if base is not None else master))


def _missing(unpacked: Unpacked, file: str, wanted: tuple[Account, ...]) -> Iterator[str]:
    known = [line.split(":") for line in _begin(unpacked, file)]
    for account in wanted:
        if file == "passwd" and not _is_there(known, account, account.uid):
            yield _user(account)
        elif file == "group" and not any(line[2:3] == [str(account.gid)] for line in known):
            _is_there(known, account, account.gid)
            yield f"{account.name}:x:{account.gid}:"


def _is_there(known: list[list[str]], account: Account, number: int) -> bool:
    """Tell whether name and number are there together.

    :raises UserError: only one of them is.
    """
    for name, _, taken, *_ in known:
        if (name == account.name) != (taken == str(number)):
            raise UserError(
                f"could not add the user `{account.name}` with the number {number}: the image has "
                f"`{name}` with the number {taken}",
                hint="choose another `uid` or `gid`, or another base",
            )
        if name == account.name:
            return True
    return False


def _user(account: Account) -> str:
    fields = ("x", account.uid, account.gid, account.comment, account.home, account.shell)
    return ":".join(map(str, (account.name, *fields)))


def _shadow(unpacked: Unpacked, wanted: tuple[Account, ...]) -> Iterator[Entry]:
    """Yield the base's /etc/shadow with the accounts, without passwords: else ``su`` refuses them."""
    known = list(lines(unpacked.base.get("etc/shadow")))
    names = {line.partition(":")[0] for line in known}
    added = [f"{account.name}:!::0:99999:7:::" for account in wanted if account.name not in names]
    if known and added:
        content = text([*known, *added])
        yield Entry(path="etc/shadow", mode=0o640, gid=_SHADOW_GID, content=content)
