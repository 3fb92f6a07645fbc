"""The code of a run as one file that `git fetch` reads (git-bundle(1))."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sparkferry.errors import ExternalError
from sparkferry.snapshot.git import Git, find_repository
from sparkferry.snapshot.model import Snapshot
from sparkferry.snapshot.pin import REFS

BUNDLE = "code.bundle"
"""Name of the file among a run's records."""


@contextmanager
def bundled(snapshot: Snapshot, run_id: str) -> Iterator[Path | None]:
    """Yield a bundle of the commit that is kept for a run; None for code outside of a repository.

    It holds what no remote of the repository has: whoever fetches from one can fetch from the bundle.

    :raises ExternalError: git failed.
    """
    top = find_repository(snapshot.root.resolve())
    if snapshot.tree is None or top is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, BUNDLE)
        argv = ("bundle", "create", "--quiet", str(path), REFS + run_id, "--not", "--remotes")
        done = Git(top).attempt(*argv)
        if done.code:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise ExternalError(f"could not bundle the code of `{run_id}`: {said}")
        yield path
