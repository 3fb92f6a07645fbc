"""The image of a project as what a run is carried in: built for this machine, named by its digest."""

from collections.abc import Iterator

import msgspec

from sparkferry.env import Env
from sparkferry.errors import UserError
from sparkferry.image.build import PlatformImage
from sparkferry.image.build_context import open_build_context
from sparkferry.image.kinds.spark import JAVA_OF_SUITE
from sparkferry.image.layout.archive import archive
from sparkferry.image.manifest import index_of
from sparkferry.image.model import RunImage
from sparkferry.image.recipe import image_settings
from sparkferry.image.stages import build_image, layer_file
from sparkferry.layers.code.layer import code_layer
from sparkferry.layers.interpreter.prefix import host_platform
from sparkferry.layers.model import Layers
from sparkferry.project.model import Project
from sparkferry.snapshot.model import Snapshot


class RunImageBuild(msgspec.Struct, frozen=True, kw_only=True):
    """An image that is built, and what a run in it is planned with."""

    project: Project
    part: PlatformImage
    layers: Layers
    """The code alone; environment and packages are those of the image."""
    run: RunImage
    spark: str
    """Full version of the Spark that runs in it."""


def build_run_image(project: Project, snapshot: Snapshot, env: Env) -> RunImageBuild:
    """Build the image of the project's target for this machine.

    :raises UserError: it is not for this machine, or its settings, lock or packages do not go together.
    :raises ExternalError: a mirror, registry or index is out of reach, or the disk failed.
    """
    project = for_this_machine(project)
    with open_build_context(project, env) as work:
        named = build_image(project, work, snapshot=snapshot)
    (part,) = named.built.parts
    layers = Layers(
        environment=part.app.environment,
        layers=(code_layer(project, snapshot, env.cache),),
        packages={wheel.name: wheel.version for wheel in part.app.wheels},
        lock_sha256=part.app.lock_sha256,
        warnings=named.warnings,
    )
    run = run_image(part, project.name)
    return RunImageBuild(project=project, part=part, layers=layers, run=run, spark=part.spark)


def run_image(part: PlatformImage, project: str) -> RunImage:
    """Return the image as plans name it."""
    from packaging.utils import canonicalize_name

    recipe, digest = part.recipe, part.image.descriptor
    return RunImage(
        name=f"localhost/sparkferry/{canonicalize_name(project)}:{digest.sha256}",
        digest=digest.digest,
        kind=recipe.kind.name,
        user=recipe.config.user,
        has_code=recipe.has_code,
        spark_home=recipe.config.env["SPARK_HOME"] if recipe.kind.brings_spark else None,
        java_home=recipe.config.env["JAVA_HOME"] if recipe.kind.brings_spark else None,
        java=JAVA_OF_SUITE[recipe.suite] if recipe.kind.brings_spark else None,
    )


def image_archive(image: RunImageBuild, env: Env) -> Iterator[bytes]:
    """Yield the bytes of the image as `docker load` and `podman load` read them.

    :raises ExternalError: a layer of the base is out of reach.
    """
    index = index_of([image.part.image])
    with open_build_context(image.project, env) as work:
        yield from archive(index, image.run.name, lambda layer: layer_file(layer, work))


def for_this_machine(project: Project) -> Project:
    """Return the project with images for the platform of this machine alone.

    :raises UserError: its image is for others.
    """
    settings, platform = image_settings(project), host_platform()
    name = project.settings.target
    if platform is None or platform not in settings.platforms:
        raise UserError(
            f"could not run in the image of `{name}`: it is for {', '.join(settings.platforms)}, "
            f"and this machine is {platform or 'neither linux/amd64 nor linux/arm64'}",
            hint="name the platform of this machine in `platforms` of the target's image",
        )
    image = msgspec.structs.replace(settings, platforms=(platform,))
    target = msgspec.structs.replace(project.settings.targets[name], image=image)
    targets = {**project.settings.targets, name: target}
    return msgspec.structs.replace(
        project, settings=msgspec.structs.replace(project.settings, targets=targets)
    )
