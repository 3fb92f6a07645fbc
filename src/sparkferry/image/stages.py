"""The stages of an image: snapshot → build → write | push.

What a build used is locked as soon as it is there, so that whatever fails afterwards, the next build is
the same.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from sparkferry.errors import Diagnostic, ExternalError, UserError, raise_errors, warnings_of
from sparkferry.findings import code_findings
from sparkferry.image.build import BuildContext, BuildInput, Built, PlatformImage, build
from sparkferry.image.debian.model import ARCHITECTURES
from sparkferry.image.lock import ImageLock, read_lock, write_lock
from sparkferry.image.model import ImageLayer
from sparkferry.image.provenance import releases_of
from sparkferry.image.recipe import CREATED, TITLE, image_settings
from sparkferry.image.registry.reference import Reference, parse
from sparkferry.image.sbom.cyclonedx import Materials
from sparkferry.image.tags import Called, is_branch, tag_of
from sparkferry.project.image_settings import ImageSettings
from sparkferry.project.model import Project
from sparkferry.snapshot.create import create_snapshot
from sparkferry.snapshot.model import Snapshot

if TYPE_CHECKING:
    from sparkferry.image.registry.push import Pushed


class NamedImage(msgspec.Struct, frozen=True, kw_only=True):
    """An image that is built, and what it is called."""

    built: Built
    snapshot: Snapshot
    tag: str
    reference: Reference | None
    """Where it would be pushed, with its tag; None where no repository is named."""
    warnings: tuple[Diagnostic, ...]
    """What was found on the way."""


def build_image(
    project: Project,
    context: BuildContext,
    *,
    upgrade: bool = False,
    snapshot: Snapshot | None = None,
) -> NamedImage:
    """Build the image of the project's target, and write down what was used.

    ``snapshot`` is taken now if it is not given. With ``upgrade`` bases and Debian packages are
    looked for anew.

    :raises UserError: settings, code, lock, packages or platforms do not go together.
    :raises ExternalError: a mirror, registry or index is out of reach, or the disk failed.
    """
    request = build_input(project, upgrade=upgrade, snapshot=snapshot)
    built = build(request, context)
    write_lock(project.root, built.lock)
    settings = image_settings(project)
    tag = tag_of(_called(settings, request.snapshot))
    reference = reference_of(settings, tag)
    return NamedImage(
        built=built,
        snapshot=request.snapshot,
        tag=tag,
        reference=reference,
        warnings=warnings_of((*request.warnings, *built.warnings)),
    )


def build_input(
    project: Project, *, upgrade: bool = False, snapshot: Snapshot | None = None
) -> BuildInput:
    """Return a snapshot of the project, taken now if it is not given, with what is locked.

    :raises DiagnosticsError: the code that ships is not whole, or must not ship.
    :raises UserError: the lock cannot be read.
    """
    snapshot = snapshot or create_snapshot(project)
    found = code_findings(project, snapshot)
    raise_errors("pack the code", found)
    locked = ImageLock() if upgrade else read_lock(project.root)
    return BuildInput(project=project, snapshot=snapshot, lock=locked, warnings=warnings_of(found))


def reference_of(settings: ImageSettings, tag: str) -> Reference | None:
    """Return where an image with these settings is pushed; None where no repository is named."""
    if settings.registry is None or settings.repository is None:
        return None
    return Reference(registry=settings.registry, repository=settings.repository, tag=tag)


def settings_of(reference: str) -> dict[str, str]:
    """Return the settings that make an image be pushed to ``registry/repository[:tag]``.

    :raises UserError: it is not such a reference.
    """
    found = parse(reference)
    if found.digest:
        raise UserError(
            f"could not push to `{reference}`: a digest cannot be chosen, it follows from the image",
            hint="leave `@…` out",
        )
    names = {"registry": found.registry, "repository": found.repository, "tag": found.tag}
    return {name: text for name, text in names.items() if text}


def place_of(project: Project) -> Reference:
    """Return the repository that the image is pushed to, without a tag.

    :raises UserError: the settings do not name it.
    """
    settings = image_settings(project)
    if settings.registry is not None and settings.repository is not None:
        return Reference(registry=settings.registry, repository=settings.repository)
    lacking = [key for key in ("registry", "repository") if getattr(settings, key) is None]
    raise UserError(
        f"could not push the image of `{project.name}`: no {' and no '.join(lacking)} is named",
        hint="name it: `sparkferry image push registry.example/team/image:tag`, or set "
        "`registry` and `repository` in [tool.sparkferry.image]",
    )


def write_oci(named: NamedImage, directory: Path, context: BuildContext) -> str:
    """Write the image into an OCI layout, and return how it is called there."""
    from sparkferry.image.layout.write import write_layout

    write_layout(named.built.index, directory, named.tag, lambda x: layer_file(x, context))
    return f"oci:{directory}@{named.built.index.descriptor.digest}"


def write_docker(named: NamedImage, path: Path, project: Project, context: BuildContext) -> str:
    """Write the image into a file that `docker load` reads, and return how it is called there."""
    from sparkferry.image.layout.archive import write_archive

    name = str(named.reference or f"{project.name.lower()}:{named.tag}")
    write_archive(named.built.index, path, name, lambda x: layer_file(x, context))
    return f"docker-archive:{path}@{named.built.index.descriptor.digest}"


def name_of(named: NamedImage, project: Project) -> str:
    """Return how an image is called that was neither written nor pushed."""
    name = str(named.reference or f"{project.name.lower()}:{named.tag}")
    return f"{name}@{named.built.index.descriptor.digest}"


def push_image(named: NamedImage, place: Reference, context: BuildContext) -> "Pushed":
    """Have the repository ``place`` hold the image by its tag, and its bills of materials beside it.

    :raises ExternalError: the registry refused or stayed out of reach.
    """
    from sparkferry.image.registry.push import push
    from sparkferry.image.registry.referrers import attach
    from sparkferry.image.sbom.cyclonedx import bill_artifact

    index, reference = named.built.index, msgspec.structs.replace(place, tag=named.tag)
    pushed = push(index, reference, context.registries, context.cache, context.progress)
    repository = context.registries.repository(place.registry, place.repository)
    for part in named.built.parts:
        attach(repository, part.image.descriptor, bill_artifact(materials_of(part)))
    return pushed


def materials_of(part: PlatformImage) -> Materials:
    """Return what an image is made of."""
    made = part.recipe
    return Materials(
        name=made.config.labels[TITLE],
        digest=part.image.descriptor.digest,
        created=made.config.labels[CREATED],
        suite=made.suite,
        architecture=ARCHITECTURES[made.platform],
        debian=tuple(package for item in part.sets for package in item.packages),
        installed=part.installed,
        wheels=part.app.wheels,
        python=part.app.python,
        spark=made.spark,
    )


def _called(settings: ImageSettings, snapshot: Snapshot) -> Called:
    named = settings.tag is not None or is_branch(snapshot.branch)
    return Called(
        custom=settings.tag,
        branch=snapshot.branch,
        releases=() if named else releases_of(snapshot),
        commit=snapshot.head,
    )


def layer_file(layer: ImageLayer, context: BuildContext) -> Path:
    """Return the file of a layer; that of a base which nobody needed before is fetched now.

    :raises ExternalError: its registry is out of reach.
    """
    from sparkferry.image.registry.pull import fetch_layer

    found = fetch_layer(layer, context.registries, context.cache, context.progress).source
    if not isinstance(found, Path):
        raise ExternalError(f"could not fetch `{layer.name}`: it is not in the cache")
    return found
