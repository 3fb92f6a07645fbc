"""The difference in code between two runs, from the commits that git keeps for them."""

from pathlib import Path

from sparkferry.process import attempt
from sparkferry.runs.model import Run


def code_stat(root: Path, left: Run, right: Run) -> str | None:
    """Return ``git diff --stat`` between the code of two runs, or None where git does not have both.

    A run's commit is kept by its own ref, so it is there as long as nobody prunes ``refs/sparkferry``.
    """
    commits = [run.plan.source.commit or "" for run in (left, right)]
    if not all(commits):
        return None
    done = attempt(["git", "-C", str(root), "diff", "--stat", *commits, "--"])
    return done.text if done.code == 0 else None
