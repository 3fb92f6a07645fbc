"""Where an image comes from, as its labels say: commit, time, repository."""

import os
import re
from datetime import UTC, datetime

import msgspec

from sparkferry.layers.interpreter.tarball import TIME
from sparkferry.snapshot.git import Git, find_repository
from sparkferry.snapshot.model import Snapshot

_SSH = re.compile(r"(?:ssh://)?[^@/]+@(?P<host>[^:/]+)(?::[0-9]+/|[:/])(?P<path>.+)")
_HTTP = re.compile(r"https?://(?:[^@/]+@)?(?P<host>[^/]+)/(?P<path>.+)")


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the commit that an image is made of."""

    created: int = TIME
    """Time of the commit, in seconds since the epoch; of 1980 where there is none."""
    revision: str | None = None
    """The commit."""
    source: str | None = None
    """Address of the repository, without credentials; the same however it was cloned."""

    @property
    def time(self) -> str:
        """The time of the commit, after RFC 3339."""
        return datetime.fromtimestamp(self.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def provenance_of(snapshot: Snapshot) -> Provenance:
    """Ask git about the snapshot's commit.

    :raises ExternalError: git failed.
    """
    top = find_repository(snapshot.root.resolve())
    if snapshot.head is None or top is None:
        return Provenance()
    git = Git(top)
    created = git.line("log", "-1", "--no-show-signature", "--format=%ct", snapshot.head)
    url = os.fsdecode(git.attempt("config", "--get", "remote.origin.url").stdout).strip()
    return Provenance(created=int(created), revision=snapshot.head, source=source_of(url))


def releases_of(snapshot: Snapshot) -> tuple[str, ...]:
    """Return git's tags of the snapshot's commit.

    :raises ExternalError: git failed.
    """
    top = find_repository(snapshot.root.resolve())
    if snapshot.head is None or top is None:
        return ()
    return tuple(Git(top).line("tag", "--points-at", snapshot.head).split())


def source_of(url: str) -> str | None:
    """Return the address of a remote as a browser takes it; None for one that is not an address."""
    match = _HTTP.fullmatch(url) or _SSH.fullmatch(url)
    if match is None:
        return None
    return f"https://{match['host']}/{match['path'].removesuffix('/').removesuffix('.git')}"
