"""Real git repositories with projects in them, and all that a snapshot must leave as it is."""

import io
import os
import stat
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from sparkferry.project.model import Project, Settings, Snapshot

_USER = (
    "-c",
    "user.name=a",
    "-c",
    "user.email=a@example.invalid",
    "-c",
    "protocol.file.allow=always",
)

MANIFEST = '[project]\nname = "shop"\n[tool.sparkferry]\nspark = "4.0"\n'


@pytest.fixture(scope="module", autouse=True)
def plain_git() -> Iterator[None]:
    """Give tests a git without the settings of the machine and of a hook that runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("GIT_")]:
            patch.delenv(name)
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        patch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
        yield


def project(root: Path, *, allow: tuple[str, ...] = (), **settings: object) -> Project:
    """Return the project at ``root``, as loading it would."""
    return Project(
        root=root,
        name="shop",
        requires_python=">=3.11",
        dependencies=(),
        tier="dev",
        settings=msgspec.structs.replace(
            Settings(spark="4.0", snapshot=Snapshot(allow=allow)), **settings
        ),
        origins={"include": "pyproject.toml:5", "jobs.pi.entry": "environment SPARKFERRY_X"},
    )


def write(root: Path, files: dict[str, str | bytes]) -> None:
    """Write the files, by path relative to ``root``."""
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)


class Repository:
    """A repository at ``top``."""

    def __init__(self, top: Path) -> None:
        self.top = top

    @classmethod
    def create(cls, top: Path) -> "Repository":
        """Make one with a project in it, and no commit."""
        top.mkdir(parents=True, exist_ok=True)
        made = cls(top)
        made.git("init", "-q", "-b", "main", ".")
        write(top, {"pyproject.toml": MANIFEST})
        return made

    def git(self, *args: str, stdin: bytes = b"") -> bytes:
        """Run git as the user does and return what it says."""
        done = subprocess.run(
            ["git", *_USER, *args], cwd=self.top, input=stdin, capture_output=True, check=False
        )
        assert done.returncode == 0, (args, done.stderr)
        return done.stdout

    def commit(self, files: dict[str, str | bytes] | None = None) -> "Repository":
        """Write and commit files."""
        write(self.top, files or {})
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "work")
        return self

    def state(self) -> dict[str, object]:
        """Return everything that a snapshot must not change, git's own files and times included.

        Of git's directory only the object database and the references of snapshots may grow.
        """
        found: dict[str, object] = {
            str(path): _facts(path) for path in sorted(_everything(self.top))
        }
        env = os.environ | {"GIT_OPTIONAL_LOCKS": "0"}
        for args in (
            ["status", "--porcelain=v2", "--branch", "-z", "--ignored"],
            ["stash", "list"],
            ["for-each-ref", "refs/heads", "refs/tags", "refs/stash", "refs/remotes"],
            ["config", "--list", "--local"],
        ):
            said = subprocess.run(
                ["git", *args], cwd=self.top, env=env, capture_output=True, check=False
            )
            found[" ".join(args)] = said.stdout
        return found

    def archive(self, ref: str) -> dict[str, bytes | str | None]:
        """Return what `git archive` makes of ``ref``: content of files, targets of links."""
        stream = io.BytesIO(self.git("archive", "--format=tar", ref))
        with tarfile.open(fileobj=stream, errors="surrogateescape") as tar:
            return {
                item.name: item.linkname if item.issym() else tar.extractfile(item).read()  # type: ignore[union-attr]
                for item in tar
                if not item.isdir()
            }


def _everything(top: Path) -> list[Path]:
    found = []
    for directory, names, files in os.walk(top):
        names[:] = [name for name in names if not _may_grow(directory, name)]
        found += [Path(directory, name) for name in (*names, *files)]
    return found


def _may_grow(directory: str, name: str) -> bool:
    return name == "objects" or (directory.endswith("/refs") and name == "sparkferry")


def _facts(path: Path) -> tuple[object, ...]:
    facts = path.lstat()
    if stat.S_ISDIR(facts.st_mode):
        return facts.st_mode, None if ".git" in path.parts else facts.st_mtime_ns
    if stat.S_ISLNK(facts.st_mode):
        return facts.st_mode, facts.st_mtime_ns, str(path.readlink())
    # Git touches a shared index whenever it reads it, also for `git status`.
    time = None if path.name.startswith("sharedindex.") else facts.st_mtime_ns
    return facts.st_mode, time, path.read_bytes()
