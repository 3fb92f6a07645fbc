"""Wheels built from one source each, and what is in them."""

import sys
import zipfile
from pathlib import Path

from sparkferry.base.cache import Cache
from sparkferry.layers.environment import host_glibc
from sparkferry.layers.interpreter.prefix import host_platform
from sparkferry.layers.model import Artifact, Environment, Pin, Selection, Wheel
from sparkferry.layers.wheels.get import fetch_wheels
from sparkferry.progress import QUIET
from support.repository import Repository

HERE = Environment(
    python=f"{sys.version_info[0]}.{sys.version_info[1]}",
    platform=host_platform() or "linux/amd64",
    glibc=host_glibc() or (2, 17),
)


def select_one(
    root: Path,
    artifact: Artifact,
    environment: Environment = HERE,
    *,
    name: str = "alpha",
    version: str | None = None,
) -> Selection:
    """Return a selection of one package of the project at ``root``."""
    pin = Pin(name=name, version=version, artifact=artifact)
    return Selection(
        environment=environment, root=str(root), lock="pylock.toml", lock_sha256="", pins=(pin,)
    )


def build_one(selection: Selection, cache: Cache) -> Wheel:
    """Return the wheel of a selection of one package."""
    (wheel,) = fetch_wheels(selection, cache, QUIET)
    return wheel


def build_directory(
    directory: Path, cache: Cache, project: Path | None = None, name: str = "alpha"
) -> Wheel:
    """Return the wheel of a local directory, on which the project depends (its parent's, if None)."""
    artifact = Artifact(name=directory.name, url=None, path=str(directory))
    return build_one(select_one(project or directory.parent, artifact, name=name), cache)


def build_commit(
    repository: Repository, cache: Cache, version: str | None = None, where: str | None = None
) -> Wheel:
    """Return the wheel of the repository's HEAD, as a dependency by ``file:``."""
    commit = repository.git("rev-parse", "HEAD").decode().strip()
    vcs = (repository.top.as_uri(), commit)
    artifact = Artifact(name="alpha", url=None, vcs=vcs, subdirectory=where)
    return build_one(select_one(repository.top.parent, artifact, version=version), cache)


def content(wheel: Wheel, name: str, package: str = "alpha") -> str:
    """Return a file of the wheel's package."""
    with zipfile.ZipFile(wheel.path) as archive:
        return archive.read(f"{package}/{name}").decode()
