"""What a Dockerfile is written from."""

import msgspec

from sparkferry.image.recipe import Recipe
from sparkferry.layers.model import Wheel


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """A Python package that pip installs."""

    name: str
    version: str
    hashes: tuple[str, ...]
    """SHA-256 of the wheels that may be installed, one or more for each platform, in hexadecimal."""


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
