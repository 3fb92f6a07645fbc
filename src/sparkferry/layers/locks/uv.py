"""Calls of uv, which comes with sparkferry: it exports locks, resolves requirements, builds wheels."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from sparkferry.process import Completed, attempt, run, tool


def uv(
    arguments: Sequence[str],
    *,
    action: str,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    stdin: str = "",
) -> str:
    """Run uv in ``cwd`` and return its standard output; ``action`` is what could not be done.

    :raises WorldError: uv exited with another code than 0.
    """
    return run([tool("uv"), *arguments], action=action, cwd=cwd, env=env, stdin=stdin.encode()).text


def try_uv(arguments: Sequence[str], *, cwd: Path) -> Completed:
    """Run uv in ``cwd`` and return what happened."""
    return attempt([tool("uv"), *arguments], cwd=cwd)
