"""An image, built: from a project and its snapshot to manifests whose layers are all at hand."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.base.platforms import Platform
from sparkferry.clock import Clock
from sparkferry.errors import Diagnostic
from sparkferry.image.app_layers import AppInputs, AppLayers, make_app_layers
from sparkferry.image.base_layers import base_layers
from sparkferry.image.bases import Base, Source, find_base
from sparkferry.image.debian.model import ARCHITECTURES, Installed, Mirror
from sparkferry.image.layers.zstd import in_zstd
from sparkferry.image.library_check import Offered, image_findings
from sparkferry.image.lock import ImageLock
from sparkferry.image.manifest import assemble, index_of
from sparkferry.image.model import Image, ImageIndex, ImageLayer
from sparkferry.image.provenance import Provenance, provenance_of
from sparkferry.image.recipe import BaseFacts, Recipe, image_settings, recipe
from sparkferry.image.registry.client import Registries
from sparkferry.image.sets import BaseInputs, DebianSet, locked_sets
from sparkferry.image.system_libraries import system_libraries
from sparkferry.layers.locks.locked import locked_spark
from sparkferry.progress import Progress
from sparkferry.project.image_settings import ImageSettings
from sparkferry.project.model import Project
from sparkferry.snapshot.model import Snapshot
from sparkferry.spark.distribution import spark_home
from sparkferry.spark.versions import full_version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sparkferry.image.debian.index import Index


class BuildContext(msgspec.Struct, frozen=True, kw_only=True):
    """Where images are built, and with what."""

    cache: Cache
    registries: Registries
    progress: Progress
    clock: Clock


class BuildInput(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be built."""

    project: Project
    snapshot: Snapshot
    lock: ImageLock
    """What was locked before; an empty one to have everything anew."""
    warnings: tuple[Diagnostic, ...] = ()
    """What was found in the code that ships."""


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """An image for one platform, before anything of it is made."""

    base: Base
    lock: ImageLock
    """With the base's digest."""
    inputs: AppInputs


class PlatformImage(msgspec.Struct, frozen=True, kw_only=True):
    """An image for one platform, and what is in it."""

    image: Image
    recipe: Recipe
    spark: str
    """Full version of the Spark that it has, or runs with."""
    sets: tuple[DebianSet, ...]
    installed: tuple[Installed, ...]
    """The Debian packages of the base image."""
    ours: AppLayers
    warnings: tuple[Diagnostic, ...]
    """Libraries that it lacks."""


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """A whole image."""

    index: ImageIndex
    parts: tuple[PlatformImage, ...]
    """For each platform, in the order of the settings."""
    lock: ImageLock
    """What was used; to be written down."""

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What was found while its parts were made."""
        return tuple(x for part in self.parts for x in (*part.ours.warnings, *part.warnings))


def build(order: BuildInput, workshop: BuildContext) -> Built:
    """Build the image of the project's target for every platform of its settings.

    :raises UserError: settings, lock, packages or platforms do not go together.
    :raises ExternalError: a mirror, registry or index is out of reach, or the disk failed.
    """
    provenance = provenance_of(order.snapshot)
    parts = []
    for platform in image_settings(order.project).platforms:
        made, lock = _part(decide(order, platform, provenance, workshop), workshop)
        order = msgspec.structs.replace(order, lock=lock)
        parts.append(made)
    index = index_of([item.image for item in parts])
    return Built(index=index, parts=tuple(parts), lock=order.lock)


def decide(
    order: BuildInput, platform: Platform, provenance: Provenance, workshop: BuildContext
) -> Decided:
    """Find the base and Spark, and decide what the image for one platform is.

    :raises UserError: settings, lock and platform do not go together.
    :raises ExternalError: a registry is out of reach, or Spark cannot be installed.
    """
    project, cache, progress = order.project, workshop.cache, workshop.progress
    settings = image_settings(project)
    source = Source(registries=workshop.registries, cache=cache, progress=progress)
    base, lock = find_base(settings.base, platform, order.lock, source)
    spark = spark_version(project, cache)
    upon = BaseFacts(
        platform=platform,
        suite=base.suite,
        spark=spark,
        base_env=base.env,
        base_labels=base.labels,
    )
    made = recipe(project, upon, provenance)
    home = spark_home(spark, cache, progress) if made.spark else None
    inputs = AppInputs(
        project=project, snapshot=order.snapshot, recipe=made, spark=spark, home=home
    )
    return Decided(base=base, lock=lock, inputs=inputs)


def _part(decided: Decided, workshop: BuildContext) -> tuple[PlatformImage, ImageLock]:
    ship, base, cache = decided.inputs, decided.base, workshop.cache
    made, settings = ship.recipe, image_settings(ship.project)
    debian = _Debian(settings, made, ship.project.root, workshop)
    sets, lock = locked_sets(made, base.installed, decided.lock, debian.indices)
    below = BaseInputs(recipe=made, base=base, sets=sets)
    layers, ours, lacks = _layers(ship, below, debian, workshop)
    if settings.compression == "zstd":
        layers = tuple(in_zstd(item, cache) for item in layers)
    part = PlatformImage(
        image=assemble(layers, made.config, made.platform),
        recipe=made,
        spark=ship.spark,
        sets=sets,
        installed=base.installed,
        ours=ours,
        warnings=lacks,
    )
    return part, lock


def _layers(
    ship: AppInputs, below: BaseInputs, debian: "_Debian", workshop: BuildContext
) -> tuple[tuple[ImageLayer, ...], AppLayers, tuple[Diagnostic, ...]]:
    """Return all layers, lowest first, ours by themselves, and which libraries the image lacks."""
    cache, progress = workshop.cache, workshop.progress
    with ThreadPoolExecutor(1, "foundation") as pool:
        others = pool.submit(base_layers, below, debian.mirror, cache, progress)
        libraries = pool.submit(system_libraries, below, debian.mirror, cache, progress)
        ours = make_app_layers(ship, cache, progress)
    layers = (*others.result(), *ours.layers)
    offered = Offered(recipe=ship.recipe, indices=debian.indices, cache=cache)
    return layers, ours, image_findings(ship, ours, libraries.result(), offered, progress)


def spark_version(project: Project, cache: Cache) -> str:
    """Return the full version of Spark that the project's image has or runs with.

    :raises UserError: the lock names a version of another line.
    """
    return full_version(project.settings.spark, locked_spark(project, cache))


class _Debian:
    """The mirror and its indices, looked for when they are needed."""

    def __init__(
        self, settings: ImageSettings, made: Recipe, root: Path, workshop: BuildContext
    ) -> None:
        self._settings, self._recipe, self._root = settings, made, root
        self._workshop = workshop
        self._indices: Sequence[Index] | None = None

    def mirror(self) -> Mirror:
        """Return the mirror of the settings, else of this machine."""
        from sparkferry.image.debian.mirror import given_mirror, host_mirror

        given, written = self._settings.mirror, self._settings.keyring
        keyring = self._root / Path(written).expanduser() if written else None
        if given is not None:
            return given_mirror(given, self._settings.security_mirror, keyring)
        return host_mirror(self._recipe.suite, keyring)

    def indices(self) -> "Sequence[Index]":
        """Return what the mirror offers now."""
        if self._indices is None:
            from sparkferry.image.debian.archives import Archives

            work = self._workshop
            now = work.clock.now()
            archives = Archives(self.mirror(), work.cache, work.progress, now)
            architecture = ARCHITECTURES[self._recipe.platform]
            self._indices = archives.indices(self._recipe.suite, architecture)
        return self._indices
