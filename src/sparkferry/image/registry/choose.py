"""Which image of an index is for a platform."""

from collections.abc import Iterable

from sparkferry.base.platforms import Platform
from sparkferry.errors import UserError
from sparkferry.image.model import Descriptor

_VARIANTS = {"linux/amd64": ("", "v1"), "linux/arm64": ("v8", "")}
"""Variants that every machine of the platform runs, the most usual first."""


def choose(manifests: Iterable[Descriptor], platform: Platform, image: str) -> Descriptor:
    """Return the manifest for ``platform`` of the index of ``image``.

    :raises UserError: there is none; the message says which there are.
    """
    known = [(_named(item), item) for item in manifests if item.platform is not None]
    for variant in _VARIANTS[platform]:
        wanted = f"{platform}/{variant}" if variant else platform
        for name, descriptor in known:
            if name == wanted:
                return descriptor
    names = ", ".join(sorted({name for name, _ in known if "unknown" not in name}))
    raise UserError(
        f"could not use the image `{image}`: it has nothing for {platform}, but for {names or 'none'}",
        hint="choose a base that has the platform, or another platform",
    )


def _named(descriptor: Descriptor) -> str:
    found = descriptor.platform
    parts = (found.os, found.architecture, found.variant) if found else ()
    return "/".join(part for part in parts if part)
