"""Keeping a snapshot: the commit that lets anyone check out later what ran."""

import msgspec

from sparkferry.errors import ExternalError, UserError
from sparkferry.snapshot.git import Git, find_repository
from sparkferry.snapshot.model import Snapshot

REFS = "refs/sparkferry/"
"""Where the commits are kept: neither branches nor tags, so that they are in nobody's way."""


def pin_commit(snapshot: Snapshot, run_id: str) -> Snapshot:
    """Return the snapshot with its commit, kept on ``refs/sparkferry/<run-id>``.

    A snapshot from outside of a repository is returned as it is.

    :raises UserError: a snapshot of that run is kept already.
    :raises ExternalError: git failed.
    """
    top = find_repository(snapshot.root.resolve())
    if snapshot.tree is None or top is None:
        return snapshot
    git, ref = Git(top), REFS + run_id
    parents = ("-p", snapshot.head) if snapshot.head else ()
    message = f"sparkferry {run_id}"
    commit = git.line("commit-tree", *parents, "-m", message, snapshot.tree)
    _create(git, ref, commit)
    return msgspec.structs.replace(snapshot, commit=commit, ref=ref)


def _create(git: Git, ref: str, commit: str) -> None:
    # The empty old value makes git refuse a reference that is there.
    done = git.attempt("update-ref", "--no-deref", ref, commit, "")
    if not done.code:
        return
    if not git.attempt("show-ref", "--verify", "--quiet", ref).code:
        raise UserError(f"could not keep the snapshot on `{ref}`: it is taken")
    said = done.stderr.decode("utf-8", "replace").strip()
    raise ExternalError(f"could not keep the snapshot on `{ref}`: {said}")
