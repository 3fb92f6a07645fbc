"""Calls of uv, which comes with sparkferry: it exports locks, resolves requirements, builds wheels."""

import os
import sys
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
    argv, environ = [tool("uv"), *arguments], _with_python(os.environ if env is None else env)
    return run(argv, action=action, cwd=cwd, env=environ, stdin=stdin.encode()).text


def try_uv(arguments: Sequence[str], *, cwd: Path) -> Completed:
    """Run uv in ``cwd`` and return what happened."""
    return attempt([tool("uv"), *arguments], cwd=cwd, env=_with_python(os.environ))


def _with_python(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with our own Python last on PATH: without any, uv would fetch one.

    That of the installation, since uv overlooks those of virtual environments.
    """
    path = environ.get("PATH") or os.defpath
    return {**environ, "PATH": os.pathsep.join((path, str(Path(sys.base_prefix) / "bin")))}
