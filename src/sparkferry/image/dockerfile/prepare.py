"""Gathers what a Dockerfile needs, as a build of the image would."""

from sparkferry.base.cache import Cache
from sparkferry.base.platforms import Platform
from sparkferry.errors import UserError, raise_errors
from sparkferry.findings import environment_findings
from sparkferry.image.bases import Source, find_base
from sparkferry.image.build import BuildContext, BuildInput, spark_version
from sparkferry.image.dockerfile.context import Beside
from sparkferry.image.dockerfile.draft import draft
from sparkferry.image.dockerfile.model import Draft, Packed
from sparkferry.image.dockerfile.packed import packed
from sparkferry.image.dockerfile.source import spark_source
from sparkferry.image.jars import find_jars
from sparkferry.image.provenance import provenance_of
from sparkferry.image.pythons import image_python
from sparkferry.image.recipe import BaseFacts, Recipe, image_settings, recipe
from sparkferry.layers.code.layer import code_layer
from sparkferry.layers.locks.selection import select
from sparkferry.layers.pack import TargetPython
from sparkferry.layers.packages.layer import packables
from sparkferry.layers.unpacked import unpacked
from sparkferry.layers.wheels.get import fetch_wheels
from sparkferry.progress import Progress
from sparkferry.project.model import Project


def prepare(order: BuildInput, workshop: BuildContext) -> tuple[Draft, Beside]:
    """Return the Dockerfile's draft, and what must lie beside it.

    :raises UserError: settings, lock and platform do not go together, or there are several platforms.
    :raises ExternalError: a registry or index is out of reach, or the disk failed.
    """
    project, cache, progress = order.project, workshop.cache, workshop.progress
    settings = image_settings(project)
    platform = _only(settings.platforms)
    registry = Source(registries=workshop.registries, cache=cache, progress=progress)
    base, lock = find_base(settings.base, platform, order.lock, registry)
    spark = spark_version(project, cache)
    upon = BaseFacts(
        platform=platform,
        suite=base.suite,
        spark=spark,
        base_env=base.env,
        base_labels=base.labels,
    )
    made = recipe(project, upon, provenance_of(order.snapshot))
    python = image_python(project, platform, base.suite, spark, (cache, progress))
    environment = python.environment
    raise_errors("write the Dockerfile", environment_findings(project, environment, cache))
    source = spark_source(spark, project, environment, cache) if made.spark else None
    found = _packed(project, python, cache, progress)
    return draft(made, lock, environment.python, found, source), _beside(order, made, workshop)


def _packed(project: Project, python: TargetPython, cache: Cache, progress: Progress) -> Packed:
    selection = select(project, python.environment, cache)
    wheels = sorted(fetch_wheels(selection, cache, progress), key=lambda wheel: wheel.filename)
    found = packables(wheels, python.prefix, cache, progress)
    return packed(wheels, found, selection.pins, project.settings.packages)


def _only(platforms: tuple[Platform, ...]) -> Platform:
    if len(platforms) > 1:
        raise UserError(
            f"could not write a Dockerfile for {', '.join(platforms)}: paths differ between them",
            hint="name one by `--platform`, and write a Dockerfile for each",
        )
    return platforms[0]


def _beside(order: BuildInput, made: Recipe, workshop: BuildContext) -> Beside:
    project: Project = order.project
    cache = workshop.cache
    code = unpacked(code_layer(project, order.snapshot, cache), cache) if made.has_code else None
    return Beside(code=code, jars=find_jars(made.jars, project.root, cache, workshop.progress))
