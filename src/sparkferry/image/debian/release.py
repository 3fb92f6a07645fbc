"""The Release file of an archive: what it is, how long it holds, and the digests of its indices.

https://wiki.debian.org/DebianRepository/Format describes its fields.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec

from sparkferry.errors import ExternalError
from sparkferry.image.debian.control import Stanza, stanza_of


class IndexFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a Release names."""

    path: str
    """Relative to the directory of the Release file."""
    sha256: str
    size: int
    by_hash: bool
    """Whether it can be had by its digest, so that an update of the mirror cannot come between."""

    @property
    def place(self) -> str:
        """Where to fetch it, relative to the directory of the Release file."""
        directory, _, _ = self.path.rpartition("/")
        return f"{directory}/by-hash/SHA256/{self.sha256}" if self.by_hash else self.path


def checked_release(text: str, name: str, now: datetime) -> Stanza:
    """Return the fields of the release ``name``, as ``trixie-updates``, if it is to be used ``now``.

    :raises ExternalError: it is another release, or it has expired.
    """
    release = stanza_of(text)
    names = {release.get("codename"), release.get("suite")}
    if name not in names:
        raise ExternalError(
            f"could not use the release `{name}`: the mirror has `{release.get('codename')}` there",
            hint="the mirror is wrong, or not a mirror of Debian: set another `mirror`",
        )
    until = release.get("valid-until")
    if until and parsedate_to_datetime(until.replace(" UTC", " +0000")).astimezone(UTC) < now:
        raise ExternalError(
            f"could not use the release `{name}`: it was valid until {until}",
            hint="the mirror is not kept up to date: set another `mirror`; or this machine's clock "
            "is wrong",
        )
    return release


def index_file(release: Stanza, path: str) -> IndexFile | None:
    """Return the file ``path``, as ``main/binary-amd64/Packages.xz``; None if there is none.

    Only SHA-256 counts: every archive of the suites that we know has it.
    """
    for line in release.get("sha256", "").splitlines():
        words = line.split()
        if len(words) == 3 and words[2] == path:
            digest, size, _ = words
            by_hash = release.get("acquire-by-hash", "").lower() == "yes"
            return IndexFile(path=path, sha256=digest.lower(), size=int(size), by_hash=by_hash)
    return None
