"""Environments of Git: which of its variables reach a fetch and a build."""

import os
from collections.abc import Mapping
from pathlib import Path

_LOCATIONS = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_CEILING_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_QUARANTINE_PATH",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)
"""Variables that say which repository Git works in (``git rev-parse --local-env-vars``), as a hook
sets them. Those of configuration, logins, certificates and ssh are not among them."""

_STALLED = {"GIT_HTTP_LOW_SPEED_LIMIT": "1", "GIT_HTTP_LOW_SPEED_TIME": "120"}
"""Bytes per second and seconds after which Git gives up a transfer over HTTP; it has no limit of
its own."""


def unlocated(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without the variables that name a repository."""
    return {name: value for name, value in environ.items() if name not in _LOCATIONS}


def fetching() -> dict[str, str]:
    """Return the environment of a fetch: logins are Git's own, and nothing prompts."""
    ask = {} if "SSH_ASKPASS" in os.environ else {"SSH_ASKPASS": "false"}
    return {
        **_STALLED,
        **unlocated(os.environ),
        **ask,
        # OpenSSH 8.4 and newer read a passphrase from the terminal unless told to ask a program.
        "SSH_ASKPASS_REQUIRE": "force",
        "GIT_TERMINAL_PROMPT": "0",
        "GCM_INTERACTIVE": "never",
        # Git LFS objects are fetched by a step of their own, which may fail.
        "GIT_LFS_SKIP_SMUDGE": "1",
    }


def building(environ: Mapping[str, str], ceiling: Path) -> dict[str, str]:
    """Return the environment of a build below ``ceiling``, above which Git looks for no repository.

    A backend that asks Git for a version would else find the repository that holds the cache.
    """
    return {**unlocated(environ), "GIT_CEILING_DIRECTORIES": str(ceiling)}
