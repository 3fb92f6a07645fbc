"""Calls of uv, which comes with sparkferry: it exports locks, resolves requirements, builds wheels."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from sparkferry.process import TRANSFER, run
from sparkferry.uv.environment import uv_environment
from sparkferry.uv.settings import without_users_meaning
from sparkferry.uv.version import find_uv


def uv(
    arguments: Sequence[str],
    *,
    action: str,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    stdin: str = "",
) -> str:
    """Run uv in ``cwd`` and return its standard output; ``action`` is what could not be done.

    ``env`` is the environment that its own is chosen from; the process's where it is None.

    :raises UserError: the project in ``cwd`` asks for a uv that is not here.
    :raises ExternalError: uv exited with another code than 0.
    """
    with without_users_meaning(os.environ if env is None else env) as given:
        environ = uv_environment(given)
        argv = [find_uv(cwd, environ), *arguments]
        return run(
            argv, action=action, cwd=cwd, env=environ, stdin=stdin.encode(), timeout=TRANSFER
        ).text
