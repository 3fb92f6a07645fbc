"""The first stages, which need no target to be there: load → snapshot → pack."""

import os
from typing import TYPE_CHECKING

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.errors import Diagnostic, raise_errors, warnings_of
from sparkferry.findings import code_findings, environment_findings
from sparkferry.layers.model import Layers
from sparkferry.layers.pack import pack
from sparkferry.progress import Progress
from sparkferry.project.load import load
from sparkferry.project.model import Project
from sparkferry.project.select import Selected
from sparkferry.snapshot.model import Snapshot
from sparkferry.snapshot.take import take
from sparkferry.targets.surroundings import surroundings

if TYPE_CHECKING:
    from sparkferry.image.cargo import ImageCargo


class Cargo(msgspec.Struct, frozen=True, kw_only=True):
    """What a project was packed to."""

    snapshot: Snapshot
    layers: Layers
    spark: str
    """Full version of the target's Spark."""
    image: "ImageCargo | None" = None
    """The image that the run is carried in; None where the layers are archives."""
    warnings: tuple[Diagnostic, ...] = ()
    """Everything that may be wrong with it, as `check` reports it."""


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
    found = code_findings(project, snapshot)
    raise_errors("pack the code", found)
    around = surroundings(project, cache, progress)
    found += environment_findings(project, around.python.environment, cache)
    raise_errors("pack the packages", found)
    layers = pack(project, snapshot, around.python, cache, progress)
    warnings = warnings_of((*found, *layers.warnings))
    return Cargo(snapshot=snapshot, layers=layers, spark=around.spark, warnings=warnings)


def pack_run(
    project: Project, cache: Cache, progress: Progress, *, job: str | None = None
) -> Cargo:
    """Snapshot and pack what a run is carried in: archives, or an image where its target asks for one.

    ``job`` is the one that is to run: what only others import does not matter then.
    """
    project = msgspec.structs.replace(project, job=job)
    if project.target.container is None:
        return pack_project(project, cache, progress)
    from sparkferry.image.cargo import image_cargo

    image = image_cargo(project, cache, progress)
    return Cargo(
        snapshot=image.snapshot,
        layers=image.layers,
        spark=image.spark,
        image=image,
        warnings=image.layers.warnings,
    )
