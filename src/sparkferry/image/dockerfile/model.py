"""What a Dockerfile is written from."""

import msgspec

from sparkferry.image.recipe import Recipe
from sparkferry.layers.model import Pin, Wheel


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """A Python package that pip installs."""

    name: str
    version: str
    hashes: tuple[str, ...]
    """Digests of the files that may be installed, as pip takes them (``sha256:<hexadecimal>``), one or
    more for each platform."""


class SparkSource(msgspec.Struct, frozen=True, kw_only=True):
    """What Spark is installed from."""

    spark: Requirement
    tools: tuple[Requirement, ...]
    """What builds it: indexes have PySpark as a source distribution alone."""


class Packed(msgspec.Struct, frozen=True, kw_only=True):
    """The packages, and what an image that we build makes of them."""

    wheels: tuple[Wheel, ...]
    pins: tuple[Pin, ...]
    """What the lock named."""
    pruned: tuple[str, ...] = ()
    """Files of the wheels that do not ship, by path in the packages directory."""
    compiled: tuple[str, ...] = ()
    """Sources whose bytecode ships, likewise."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A Dockerfile, decided."""

    recipe: Recipe
    base: str
    """Reference of an image with Python, with its digest if one is locked."""
    python: str
    """Minor version, as ``3.12``."""
    requirements: tuple[Requirement, ...]
    local: tuple[Wheel, ...] = ()
    """Those among the requirements that no index has: built from sources, or from a directory."""
    pruned: tuple[str, ...] = ()
    """As in :class:`Packed`."""
    compiled: tuple[str, ...] = ()
    """As in :class:`Packed`."""
    spark: SparkSource | None = None
    """None where Spark is mounted."""
