"""Which image of a registry serves a branch: its own, else that of the branch ``develop``."""

import msgspec

from sparkferry.errors import UserError
from sparkferry.image.recipe import image_settings
from sparkferry.image.registry.client import Registries
from sparkferry.image.registry.manifests import list_tags
from sparkferry.image.registry.pull import resolve
from sparkferry.image.registry.reference import Reference
from sparkferry.image.tags import DEVELOP, image_for
from sparkferry.project.model import Project
from sparkferry.snapshot.create import create_snapshot


def find_branch_image(project: Project, place: Reference, registries: Registries) -> Reference:
    """Return the image in the repository ``place`` that serves the project's branch, with its digest.

    A tag in the settings stands for itself.

    :raises UserError: neither the branch nor ``develop`` has an image there.
    :raises ExternalError: the registry refused or stayed out of reach.
    """
    tag = image_settings(project).tag or _tag(project, place, registries)
    return resolve(msgspec.structs.replace(place, tag=tag), registries)


def _tag(project: Project, place: Reference, registries: Registries) -> str:
    branch = create_snapshot(project).branch
    repository = registries.repository(place.registry, place.repository)
    found = image_for(branch, list_tags(repository))
    if found is None:
        raise UserError(
            f"could not find an image of `{branch}` in `{place}`: neither it nor `{DEVELOP}` has one",
            hint="push one with `sparkferry image push`",
        )
    return found
