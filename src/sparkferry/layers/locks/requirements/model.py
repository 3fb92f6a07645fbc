"""What a requirements file says, as values."""

from typing import Literal

import msgspec

from sparkferry.errors import Diagnostic
from sparkferry.layers.digests import Allowed

Source = Literal["index", "archive", "directory", "vcs"]
"""Where a requirement is taken from."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A requirement or constraint with the line that it stands in."""

    file: str
    number: int
    source: Source
    text: str
    """The requirement as uv is given it: without options, marker and hashes, with absolute paths."""
    shown: str
    """The requirement as it stands there, without options."""
    name: str | None
    """Normalised after PEP 503; None where only its source tells it."""
    marker: str = ""
    """PEP 508; empty where it applies everywhere."""
    version: str | None = None
    """The version that it pins with ``==`` or ``===``."""
    digests: tuple[str, ...] = ()
    """Of its options ``--hash`` and of the fragment of its address."""
    has_hash_option: bool = False
    is_constraint: bool = False
    problem: str | None = None
    """Why it cannot be had where it applies, such as a path that is not there."""
    hint: str | None = None

    @property
    def place(self) -> str:
        """File and line, as ``requirements.txt:3``."""
        return f"{self.file}:{self.number}"

    @property
    def allowed(self) -> Allowed:
        """The digests with the place that they stand in."""
        return Allowed(self.place, self.digests)

    def refused(self, reason: str, hint: str) -> Diagnostic:
        """Return the error that the requirement cannot be had for ``reason``."""
        message = f"could not select `{self.shown}`: {reason}"
        return Diagnostic("error", message, hint, self.file, self.number)


class Requirements(msgspec.Struct, frozen=True, kw_only=True):
    """A requirements file with those that it includes."""

    lines: tuple[Line, ...]
    index_options: tuple[str, ...] = ()
    """Options that uv is given as lines of a requirements file, such as ``--index-url …``."""
    options: tuple[str, ...] = ()
    """Options that uv is given as arguments."""
    require_hashes: bool = False
    """Whether each file must be allowed by a digest: a line has one, or an option demands it."""
