"""Git as the snapshot runs it: it never writes the user's index and never starts a hook or a monitor."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from sparkferry.process import Completed, attempt, run

_SETTINGS = (
    "core.fsmonitor=false",
    "core.splitIndex=false",
    f"core.hooksPath={os.devnull}",
    # A file whose line endings git would change is no reason to refuse a snapshot.
    "core.safecrlf=false",
)

_KEPT_VARIABLES = ("GIT_CONFIG", "GIT_EXEC_PATH", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY")
"""Prefixes of the variables that say how git behaves. All others, as a hook sets them, say which
repository, index or author it works with, and that is decided here."""


class Git(msgspec.Struct, frozen=True):
    """One repository's git."""

    top: Path
    """The top directory of the working tree."""
    index: Path | None = None
    """Index to work with, in place of the repository's own."""

    def ask(self, *args: str, stdin: bytes = b"") -> bytes:
        """Run git and return what it says.

        :raises ExternalError: git is missing, or it failed.
        """
        action = f"read the git repository `{self.top}`"
        argv, env = self._argv(args), self._environment()
        return run(argv, action=action, cwd=self.top, env=env, stdin=stdin).stdout

    def line(self, *args: str) -> str:
        """Run git and return what it says as one line of text."""
        return os.fsdecode(self.ask(*args)).removesuffix("\n")

    def attempt(self, *args: str) -> Completed:
        """Run git and return what happened, whatever its exit code."""
        return attempt(self._argv(args), cwd=self.top, env=self._environment())

    def _argv(self, args: tuple[str, ...]) -> list[str]:
        settings = [part for setting in _SETTINGS for part in ("-c", setting)]
        return ["git", "--literal-pathspecs", *settings, *args]

    def _environment(self) -> Mapping[str, str]:
        env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("GIT_") or name.startswith(_KEPT_VARIABLES)
        }
        env |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
        for role in ("AUTHOR", "COMMITTER"):
            env |= {f"GIT_{role}_NAME": "sparkferry", f"GIT_{role}_EMAIL": "sparkferry@localhost"}
        if self.index is not None:
            env["GIT_INDEX_FILE"] = str(self.index)
        return env


class State(msgspec.Struct, frozen=True):
    """What a repository says of itself before a snapshot is taken."""

    index: Path
    """The user's index."""
    head: str | None = None
    """Commit, or None before the first one."""
    tree: str | None = None
    """Tree of that commit."""


def read_state(git: Git) -> State:
    """Ask for everything in one call, since each takes a millisecond or two."""
    said = git.line("rev-parse", "--git-path", "index", "--revs-only", "HEAD", "HEAD^{tree}")
    match said.rsplit("\n", 2):
        case [index, head, tree]:
            return State(git.top / index, head, tree)
        case _:
            return State(git.top / said)


def find_repository(directory: Path) -> Path | None:
    """Return the top of the working tree that ``directory`` lies in, or None outside of any."""
    places = (directory, *directory.parents)
    return next((place for place in places if (place / ".git").exists()), None)


@contextmanager
def scratch_index(git: Git, own: Path) -> Iterator[Git]:
    """Yield a git that works with a copy of its index ``own``, which is removed afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="sparkferry-"))
    try:
        copy = directory / "index"
        # With its modification time: git compares it with those of the files to tell which entries
        # may have changed without their size and time showing it.
        with suppress(FileNotFoundError):
            shutil.copy2(own, copy)
        yield msgspec.structs.replace(git, index=copy)
    finally:
        shutil.rmtree(directory)
