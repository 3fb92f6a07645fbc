"""What the layers of base, Debian packages and Java are made of."""

import msgspec

from sparkferry.image.bases import Base
from sparkferry.image.recipe import Recipe
from sparkferry.image.sets import DebianSet

FORMAT = 1
"""Raised whenever the same packages give other layers."""


class BaseInputs(msgspec.Struct, frozen=True, kw_only=True):
    """What the layers below ours are made of."""

    recipe: Recipe
    base: Base
    sets: tuple[DebianSet, ...]
