"""What all tables of the configuration have in common, and the types of single values."""

from typing import Annotated

import msgspec
from msgspec import Meta

SparkConf = dict[str, str | int | float | bool]
"""Spark properties as written; booleans become ``true`` and ``false`` for Spark."""

SparkLine = Annotated[str, Meta(pattern=r"^[1-9][0-9]*\.[0-9]+$", examples=["4.0"])]
PythonVersion = Annotated[str, Meta(pattern=r"^3\.[0-9]+(\.[0-9]+)?$", examples=["3.12"])]
Memory = Annotated[str, Meta(pattern=r"^[1-9][0-9]*[mg]$", examples=["512m", "2g"])]
Cores = Annotated[int, Meta(ge=1, le=256)]


class Table(msgspec.Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """A table of the configuration: its keys are its fields, with dashes."""
