"""What goes into the bill of materials of one image."""

import msgspec

from sparkferry.image.debian.model import Architecture, Installed, Locked, Suite
from sparkferry.layers.model import Wheel


class Materials(msgspec.Struct, frozen=True, kw_only=True):
    """What an image for one platform is made of."""

    name: str
    """Of the image, as ``titanic``."""
    digest: str
    """Of its manifest, as ``sha256:<hexadecimal>``."""
    created: str
    """When the image counts as made, after RFC 3339."""
    suite: Suite
    architecture: Architecture
    debian: tuple[Locked, ...]
    """Packages that were put into it."""
    installed: tuple[Installed, ...] = ()
    """Packages that its base image had."""
    wheels: tuple[Wheel, ...]
    python: str
    """Full version of the interpreter."""
    spark: str | None = None
    """Full version of the Spark that is in it."""
