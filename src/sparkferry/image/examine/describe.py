"""``image inspect``: what an image consists of, as values for JSON and rows for a table. Pure."""

from collections.abc import Sequence

import msgspec

from sparkferry.image.examine.model import Execution, InspectedImage, SpecimenLayer


class LayerView(msgspec.Struct, frozen=True, kw_only=True):
    """One layer."""

    role: str
    """What it is there for; empty in an image that is not ours."""
    name: str
    """What is in it; in an image that is not ours, the step that made it."""
    size: int
    """In bytes, compressed."""
    digest: str
    media_type: str
    created_by: str


class ImageView(msgspec.Struct, frozen=True, kw_only=True):
    """One image, for one platform."""

    platform: str
    digest: str
    """Of its manifest."""
    created: str | None
    size: int
    """In bytes, of all layers, compressed."""
    user: str
    entrypoint: tuple[str, ...]
    cmd: tuple[str, ...]
    working_dir: str
    env: dict[str, str]
    labels: dict[str, str]
    layers: tuple[LayerView, ...]


def describe(specimen: InspectedImage) -> ImageView:
    """Return what the image says of itself."""
    config, layers = specimen.config, tuple(map(_layer, specimen.layers))
    run: Execution = config.config
    return ImageView(
        platform=config.platform + (f"/{config.variant}" if config.variant else ""),
        digest=specimen.descriptor.digest,
        created=config.created,
        size=sum(layer.size for layer in layers),
        user=run.user,
        entrypoint=run.entrypoint or (),
        cmd=run.cmd or (),
        working_dir=run.working_dir,
        env=dict(run.environ),
        labels=run.labels or {},
        layers=layers,
    )


def _layer(layer: SpecimenLayer) -> LayerView:
    step = layer.step
    ours = step.created_by == "sparkferry"
    role, _, name = step.comment.partition(": ") if ours else ("", "", step.created_by)
    return LayerView(
        role=role,
        name=name,
        size=layer.descriptor.size,
        digest=layer.descriptor.digest,
        media_type=layer.descriptor.media_type,
        created_by=step.created_by,
    )


LAYER_HEADERS = ("role", "name", "size", "digest", "media type")

_WIDEST = 60


def layer_rows(view: ImageView) -> Sequence[Sequence[object]]:
    """Return a row for each layer under :data:`LAYER_HEADERS`, the lowest first."""
    return [
        (x.role or None, _shortened(x.name) or None, x.size, x.digest, _short_type(x.media_type))
        for x in view.layers
    ]


def summary_rows(view: ImageView) -> Sequence[Sequence[object]]:
    """Return name and value of everything but the layers; variables and labels one by one."""
    return [
        ("platform", view.platform),
        ("digest", view.digest),
        ("created", view.created),
        ("size", view.size),
        ("layers", len(view.layers)),
        ("user", view.user or "root"),
        ("entry point", " ".join(view.entrypoint) or None),
        ("command", " ".join(view.cmd) or None),
        ("directory", view.working_dir or "/"),
        *((f"env {name}", value) for name, value in sorted(view.env.items())),
        *((f"label {name}", value) for name, value in sorted(view.labels.items())),
    ]


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WIDEST else f"{line[: _WIDEST - 1]}…"


def _short_type(media_type: str) -> str:
    return media_type.rpartition(".")[2]
