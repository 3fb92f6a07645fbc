"""The first stages, which need no target to be there: load → snapshot → pack."""

import os

import msgspec

from sparkferry.errors import raise_errors
from sparkferry.layers.cache import Cache
from sparkferry.layers.code.layer import entry_problems
from sparkferry.layers.model import Layers
from sparkferry.layers.pack import pack
from sparkferry.progress import Progress
from sparkferry.project.load import load
from sparkferry.project.model import Project
from sparkferry.project.select import Selected
from sparkferry.snapshot.model import Snapshot
from sparkferry.snapshot.take import take
from sparkferry.targets.surroundings import surroundings


class Cargo(msgspec.Struct, frozen=True, kw_only=True):
    """What a project was packed to."""

    snapshot: Snapshot
    layers: Layers
    spark: str
    """Full version of the target's Spark."""


def open_project(selected: Selected) -> Project:
    """Load: the project, its tier and its target."""
    return load(
        selected.directory,
        tier=selected.tier,
        target=selected.target,
        overrides=selected.overrides,
        environ=os.environ,
    )


def pack_project(project: Project, cache: Cache, progress: Progress) -> Cargo:
    """Snapshot and pack."""
    snapshot = take(project)
    raise_errors("pack the code", entry_problems(project, snapshot))
    around = surroundings(project, cache, progress)
    layers = pack(project, snapshot, around.python, cache, progress)
    return Cargo(snapshot=snapshot, layers=layers, spark=around.spark)
