"""What a Dockerfile is drafted from, and the directory that it is built in."""

import shutil
from pathlib import Path

from sparkferry.base.platforms import Platform
from sparkferry.errors import Diagnostic, ExternalError, UserError
from sparkferry.image.app_layers import make_app_layers
from sparkferry.image.build import BuildContext, BuildInput, decide
from sparkferry.image.dockerfile.text import Draft, base_of, dockerfile, layer_names
from sparkferry.image.provenance import provenance_of
from sparkferry.image.recipe import image_settings


def prepare(request: BuildInput, context: BuildContext) -> tuple[Draft, tuple[Diagnostic, ...]]:
    """Make the layers, and return the Dockerfile's draft with what was found on the way.

    :raises UserError: settings, lock and platform do not go together, or there are several platforms.
    :raises ExternalError: a registry or index is out of reach, or the disk failed.
    """
    platform = _only(image_settings(request.project).platforms)
    decided = decide(request, platform, provenance_of(request.snapshot), context)
    made = make_app_layers(decided.inputs, context.cache, context.progress)
    recipe = decided.inputs.recipe
    draft = Draft(recipe=recipe, base=base_of(recipe, decided.lock), layers=made.layers)
    return draft, (*request.warnings, *made.warnings)


def write_context(draft: Draft, directory: Path) -> None:
    """Write the Dockerfile and the layers into ``directory``, which is new or empty.

    :raises UserError: it holds something.
    :raises ExternalError: it cannot be written.
    """
    if directory.is_dir() and any(directory.iterdir()):
        raise UserError(
            f"could not write the Dockerfile to `{directory}`: it is not empty",
            hint="name a new directory: what lies in it would be sent to Docker, too",
        )
    text = dockerfile(draft)
    try:
        (directory / "layers").mkdir(parents=True)
        (directory / "Dockerfile").write_text(text)
        for name, layer in layer_names(draft).items():
            if isinstance(layer.source, Path):
                shutil.copyfile(layer.source, directory / name)
    except OSError as error:
        raise ExternalError(
            f"could not write the Dockerfile to `{directory}`: {error.strerror}",
            hint="choose a directory that you may write to and that has room",
        ) from error


def _only(platforms: tuple[Platform, ...]) -> Platform:
    if len(platforms) > 1:
        raise UserError(
            f"could not write a Dockerfile for {', '.join(platforms)}: layers differ between them",
            hint="name one by `--platform`, and write a Dockerfile for each",
        )
    return platforms[0]
