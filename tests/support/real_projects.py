"""Copies of the projects in ``tests/projects``, as a user has them: committed, tagged, locked."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from sparkferry.process import tool
from support.cli import Cli
from support.project_images import ProjectImages

PROJECTS = Path(__file__).parents[1] / "projects"
IDENTITY = ("-c", "user.name=demo", "-c", "user.email=demo@example.invalid")


def uv_lock(root: Path) -> None:
    subprocess.run([tool("uv"), "lock", "--quiet"], cwd=root, check=True)


def checked_out(name: str, lock: Callable[[Path], None], directory: Path) -> Path:
    """Return a copy of the project, locked, committed and tagged."""
    root = directory / name
    shutil.copytree(PROJECTS / name, root)
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "config", "core.autocrlf", "false")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message=begin")
    git(root, "tag", "v1.2.0")
    lock(root)
    return root


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *IDENTITY, *arguments], cwd=root, check=True)


def assert_becomes_an_image(user: Cli, directory: Path) -> None:
    """Build the image for Dataproc with the code in it, and verify it."""
    layout = directory / "image"
    user.with_("image.code=true")("image build --kind dataproc", "--oci", str(layout))
    assert ProjectImages(cli=user, directory=directory).verify(layout)["findings"] == []
