"""The layers of ours: Spark, jars, Python, packages, code, settings."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.errors import Diagnostic, raise_errors, warnings_of
from sparkferry.files import sha256_bytes, sha256_file
from sparkferry.findings import environment_findings
from sparkferry.image.entry import Entry
from sparkferry.image.layers import repack
from sparkferry.image.layers.layer import LayerPlan, layer
from sparkferry.image.layers.tar_part import tar_part
from sparkferry.image.memo import memoised_layers
from sparkferry.image.model import ImageLayer
from sparkferry.image.pythons import image_python
from sparkferry.image.recipe import Recipe
from sparkferry.layers.code.layer import code_layer
from sparkferry.layers.imports.fetching import fetch_for_code
from sparkferry.layers.interpreter.layer import interpreter_layer
from sparkferry.layers.interpreter.prefix import Prefix
from sparkferry.layers.locks.selection import select
from sparkferry.layers.model import Environment, Wheel
from sparkferry.layers.packages.layer import packing_key, packing_warnings
from sparkferry.layers.wheels.get import built_warnings
from sparkferry.progress import Progress
from sparkferry.project.model import Packages, Project
from sparkferry.snapshot.model import Snapshot
from sparkferry.spark.distribution import SparkHome

_FORMAT = 1
"""Raised whenever the same inputs give other layers."""


class AppInputs(msgspec.Struct, frozen=True, kw_only=True):
    """What is to ship in an image for one platform."""

    project: Project
    snapshot: Snapshot
    recipe: Recipe
    spark: str
    """Full version of the Spark that the image runs with."""
    home: SparkHome | None
    """That Spark; None where it is not in the image."""


class AppLayers(msgspec.Struct, frozen=True, kw_only=True):
    """Our layers, and what is in them."""

    layers: tuple[ImageLayer, ...]
    """Lowest first."""
    environment: Environment
    """With the full version of the interpreter."""
    prefix: Prefix
    """The installation that the interpreter's layer was made of."""
    wheels: tuple[Wheel, ...]
    lock_sha256: str
    warnings: tuple[Diagnostic, ...] = ()
    """What was found while they were made."""

    @property
    def python(self) -> str:
        """Full version of the interpreter."""
        return self.environment.python


def make_app_layers(inputs: AppInputs, cache: Cache, progress: Progress) -> AppLayers:
    """Return the layers above Debian's packages, made if they are not in the cache.

    :raises UserError: project, lock and platform do not go together.
    :raises ExternalError: an index, a build or the disk failed.
    """
    recipe = inputs.recipe
    python = image_python(
        inputs.project, recipe.platform, recipe.suite, inputs.spark, (cache, progress)
    )
    environment = python.environment
    found = environment_findings(inputs.project, environment, cache)
    raise_errors("build the image", found)
    interpreter = interpreter_layer(python.prefix, environment, cache, progress)
    selection = select(inputs.project, environment, cache)
    wheels, imports = fetch_for_code(inputs.project, inputs.snapshot, selection, cache, progress)
    packed = _Packed(wheels, inputs.project.settings.packages, python.prefix)
    layers = (
        *_java_layers(inputs, cache, progress),
        repack.interpreter_layer(interpreter, environment.python, cache),
        *_packages(packed, cache, progress),
        *_code(inputs, cache),
        *(layer(_settings(files), cache) for files in (recipe.files,) if files),
    )
    return AppLayers(
        layers=layers,
        environment=environment,
        prefix=python.prefix,
        wheels=wheels,
        lock_sha256=selection.lock_sha256,
        warnings=warnings_of(
            (*found, *imports, *built_warnings(wheels), *packed.warnings(cache, progress))
        ),
    )


def _java_layers(inputs: AppInputs, cache: Cache, progress: Progress) -> Iterator[ImageLayer]:
    recipe = inputs.recipe
    if inputs.home is not None:
        from sparkferry.image.layers.spark import spark_layers

        yield from spark_layers(inputs.home, recipe.spark_groups, cache)
    if recipe.jars:
        from sparkferry.image.jars import find_jars, jar_plan

        jars = find_jars(recipe.jars, inputs.project.root, cache, progress)
        yield layer(jar_plan(jars), cache)


class _Packed(msgspec.Struct, frozen=True):
    """What layers of packages depend on."""

    wheels: tuple[Wheel, ...]
    settings: Packages
    prefix: Prefix

    def key(self) -> str:
        said = packing_key(self.wheels, self.settings, self.prefix)
        return sha256_bytes(f"{_FORMAT} {said}".encode())

    def warnings(self, cache: Cache, progress: Progress) -> tuple[Diagnostic, ...]:
        return packing_warnings(self.wheels, self.settings, self.prefix, cache, progress)


def _packages(packed: _Packed, cache: Cache, progress: Progress) -> tuple[ImageLayer, ...]:
    """Return the layers of the wheels; whose files have what place is worked out once."""

    def make() -> tuple[ImageLayer, ...]:
        from sparkferry.image.layers.wheels import package_layers

        return package_layers(packed.wheels, packed.settings, packed.prefix, cache, progress)

    return memoised_layers(f"packages {packed.key()}", cache, make)


def _code(inputs: AppInputs, cache: Cache) -> Iterator[ImageLayer]:
    if inputs.recipe.has_code:
        yield repack.code_layer(code_layer(inputs.project, inputs.snapshot, cache), cache)


def _settings(entries: Iterable[Entry]) -> LayerPlan:
    files = tuple(entries)
    said = msgspec.json.encode([_identity(entry) for entry in files])
    return LayerPlan(
        role="settings",
        name="settings",
        key=f"settings {_FORMAT} {sha256_bytes(said)}",
        parts=lambda: (tar_part(files),),
    )


def _identity(entry: Entry) -> tuple[object, ...]:
    content = entry.content
    digest = sha256_file(content) if isinstance(content, Path) else sha256_bytes(content)
    return entry.path, entry.kind, entry.mode, entry.uid, entry.gid, entry.target, digest
