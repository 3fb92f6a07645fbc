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
    app: AppLayers
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
        return tuple(x for part in self.parts for x in (*part.app.warnings, *part.warnings))


def build(request: BuildInput, context: BuildContext) -> Built:
    """Build the image of the project's target for every platform of its settings.

    :raises UserError: settings, lock, packages or platforms do not go together.
    :raises ExternalError: a mirror, registry or index is out of reach, or the disk failed.
    """
    provenance = provenance_of(request.snapshot)
    parts = []
    for platform in image_settings(request.project).platforms:
        made, lock = _part(decide(request, platform, provenance, context), context)
        request = msgspec.structs.replace(request, lock=lock)
        parts.append(made)
    index = index_of([item.image for item in parts])
    return Built(index=index, parts=tuple(parts), lock=request.lock)


def decide(
    request: BuildInput, platform: Platform, provenance: Provenance, context: BuildContext
) -> Decided:
    """Find the base and Spark, and decide what the image for one platform is.

    :raises UserError: settings, lock and platform do not go together.
    :raises ExternalError: a registry is out of reach, or Spark cannot be installed.
    """
    project, cache, progress = request.project, context.cache, context.progress
    settings = image_settings(project)
    source = Source(registries=context.registries, cache=cache, progress=progress)
    base, lock = find_base(settings.base, platform, request.lock, source)
    spark = spark_version(project, cache)
    base_facts = BaseFacts(
        platform=platform,
        suite=base.suite,
        spark=spark,
        base_env=base.env,
        base_labels=base.labels,
    )
    made = recipe(project, base_facts, provenance)
    home = spark_home(spark, cache, progress) if made.spark else None
    inputs = AppInputs(
        project=project, snapshot=request.snapshot, recipe=made, spark=spark, home=home
    )
    return Decided(base=base, lock=lock, inputs=inputs)


def _part(decided: Decided, context: BuildContext) -> tuple[PlatformImage, ImageLock]:
    inputs, base, cache = decided.inputs, decided.base, context.cache
    made, settings = inputs.recipe, image_settings(inputs.project)
    debian = _Debian(settings, made, inputs.project.root, context)
    sets, lock = locked_sets(made, base.installed, decided.lock, debian.indices)
    base_inputs = BaseInputs(recipe=made, base=base, sets=sets)
    layers, app, missing = _layers(inputs, base_inputs, debian, context)
    if settings.compression == "zstd":
        layers = tuple(in_zstd(item, cache) for item in layers)
    part = PlatformImage(
        image=assemble(layers, made.config, made.platform),
        recipe=made,
        spark=inputs.spark,
        sets=sets,
        installed=base.installed,
        app=app,
        warnings=missing,
    )
    return part, lock


def _layers(
    inputs: AppInputs, base_inputs: BaseInputs, debian: "_Debian", context: BuildContext
) -> tuple[tuple[ImageLayer, ...], AppLayers, tuple[Diagnostic, ...]]:
    """Return all layers, lowest first, ours by themselves, and which libraries the image lacks."""
    cache, progress = context.cache, context.progress
    with ThreadPoolExecutor(1, "base layers") as pool:
        others = pool.submit(base_layers, base_inputs, debian.mirror, cache, progress)
        libraries = pool.submit(system_libraries, base_inputs, debian.mirror, cache, progress)
        app = make_app_layers(inputs, cache, progress)
    layers = (*others.result(), *app.layers)
    offered = Offered(recipe=inputs.recipe, indices=debian.indices, cache=cache)
    return layers, app, image_findings(inputs, app, libraries.result(), offered, progress)


def spark_version(project: Project, cache: Cache) -> str:
    """Return the full version of Spark that the project's image has or runs with.

    :raises UserError: the lock names a version of another line.
    """
    return full_version(project.settings.spark, locked_spark(project, cache))


class _Debian:
    """The mirror and its indices, looked for when they are needed."""

    def __init__(
        self, settings: ImageSettings, made: Recipe, root: Path, context: BuildContext
    ) -> None:
        self._settings, self._recipe, self._root = settings, made, root
        self._workshop = context
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
