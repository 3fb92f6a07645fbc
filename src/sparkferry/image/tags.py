"""Tags: what an image is called. Pure.

A branch's tag is its slug, which two branches never share and which has no dot; every other tag that is
made here has one, so none can be taken for another.
"""

from collections.abc import Collection
from contextlib import suppress

import msgspec

from sparkferry.project.image_rules import TAG
from sparkferry.snapshot.branch import slug

DEVELOP = "develop"
"""The branch whose image serves branches that have none."""

_NO_BRANCH = frozenset({"detached", "no-git"})
"""What a snapshot has in a branch's place where there is none."""

_SHOWN = 12
"""Digits of a commit."""


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """What a tag can be made from."""

    custom: str | None
    """What the user asked for; checked already."""
    branch: str
    """As in the snapshot."""
    releases: tuple[str, ...] = ()
    """Git's tags of the commit."""
    commit: str | None = None


def tag_of(called: Called) -> str:
    """Return the tag: the user's, else the branch's, else the release's, else the commit's.

    It is never empty, and ``latest`` only if the user says so.
    """
    if called.custom:
        return called.custom
    if is_branch(called.branch):
        return slug(called.branch)
    if release := _newest(called.releases):
        return release
    return f"commit.{called.commit[:_SHOWN] if called.commit else 'none'}"


def is_branch(name: str) -> bool:
    """Tell whether what a snapshot has in a branch's place is the name of one."""
    return name not in _NO_BRANCH


def image_for(branch: str, tags: Collection[str]) -> str | None:
    """Return the tag among ``tags`` that serves a branch: its own, else that of ``develop``, else None."""
    return next((tag for tag in (slug(branch), slug(DEVELOP)) if tag in tags), None)


def _newest(tags: tuple[str, ...]) -> str | None:
    """Return the newest of the tags that are versions (PEP 440) with a dot, or None."""
    from packaging.version import InvalidVersion, Version

    found = []
    for tag in tags:
        if "." in tag and TAG.fullmatch(tag):
            with suppress(InvalidVersion):
                found.append((Version(tag), tag))
    return max(found)[1] if found else None
