"""What is known of a wheel once it has been read: everything that packing it needs.

It is found out once per wheel, when the wheel is fetched, and remembered beside it, so that packing
neither opens an archive's directory nor inflates anything.
"""

import msgspec

from sparkferry.layers.packages.zip_read import Member

INDEX_VERSION = 3
"""Grows with every change of what is checked or found out."""


class WheelIndex(msgspec.Struct, frozen=True, kw_only=True):
    """A verified wheel."""

    filename: str
    dist_info: str
    """Its metadata directory, such as ``numpy-2.4.0.dist-info``."""
    members: tuple[Member, ...]
    """In the order of their bytes."""
    useless: frozenset[str]
    """Members that pruning leaves out, by name (see `prune`)."""
    scripts: dict[str, bytes]
    """Content of those members that are Python scripts, whose first line is to name the interpreter."""
    commands: tuple[tuple[str, str], ...]
    """Console and GUI entry points: name, and object as ``module:attribute``; sorted."""
    blank: frozenset[str] = frozenset()
    """Modules ``__init__.py`` that hold nothing but comments and namespace declarations, by name."""
    remarks: tuple[str, ...] = ()
    """What is careless about the wheel but does no harm, in words that follow its name."""
    recoded: str | None = None
    """SHA-256 of the copy that this is the index of, where the wheel had to be compressed anew."""
