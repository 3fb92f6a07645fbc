"""Layers, and what they are made of, as values."""

from pathlib import Path
from typing import Literal

import msgspec

from sparkferry.base.platforms import Platform
from sparkferry.errors import Diagnostic
from sparkferry.layers.digests import Allowed

LayerKind = Literal["interpreter", "packages", "code"]

FILE_NAMES: dict[LayerKind, str] = {
    "interpreter": "python.tar.gz",
    "packages": "packages.zip",
    "code": "code.zip",
}
"""File name of each layer. The interpreter is a tar.gz since only that keeps exec bits and symlinks
on every Spark."""

DIRECTORIES: dict[LayerKind, str] = {
    "interpreter": "python",
    "packages": "packages",
    "code": "code",
}
"""Directory that each layer is unpacked to, side by side, on driver and executors."""


OWN_PACKAGE = "sparkferry"
"""Never in the packages layer: its runtime travels with the code."""


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """The Python that a target runs."""

    python: str
    """Full or minor version, as ``3.12`` or ``3.12.1``."""
    platform: Platform
    glibc: tuple[int, int]
    """Newest glibc that wheels may ask for, as ``(2, 36)``."""
    brings_spark: bool = True
    """Whether pyspark comes with the target, so that it is left out of the packages."""

    @property
    def minor(self) -> str:
        """The minor version, as ``3.12``."""
        return ".".join(self.python.split(".")[:2])


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """A file that the lock names for a package."""

    name: str
    """File name of a wheel or source distribution."""
    url: str | None
    """Where it is fetched from; never with credentials in it."""
    path: str | None = None
    """Absolute path of a local file or directory, in place of ``url``."""
    sha256: str | None = None
    """In hexadecimal; None for local directories and version control, and where the lock names other
    digests alone."""
    allowed: tuple[Allowed, ...] = ()
    """What the lock says beside ``sha256``: the file needs one digest of each."""
    size: int | None = None
    vcs: tuple[str, str] | None = None
    """Repository URL and commit of a version-controlled dependency, in place of ``url``."""
    subdirectory: str | None = None

    @property
    def has_digest(self) -> bool:
        """Whether it is one file, whose content the lock tells."""
        return self.sha256 is not None or bool(self.allowed)

    @property
    def is_wheel(self) -> bool:
        """Whether it can be unpacked without a build."""
        return self.name.endswith(".whl")


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """One package of a selection."""

    name: str
    """Normalised after PEP 503."""
    version: str | None
    """None where the lock names none (directories, version control)."""
    artifact: Artifact


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What the lock names for one environment: the input of the packages layer."""

    environment: Environment
    root: str
    """The project's directory, absolute: what must be built is built with its settings of uv, and
    logins are looked for there."""
    lock: str
    """Name of the lock file, relative to the project; empty where there is none."""
    lock_sha256: str
    pins: tuple[Pin, ...]
    """Sorted by name."""


class Wheel(msgspec.Struct, frozen=True, kw_only=True):
    """A wheel in the cache, complete and verified."""

    name: str
    """Normalised after PEP 503."""
    version: str
    filename: str
    sha256: str
    path: Path
    warnings: tuple[Diagnostic, ...] = ()
    """What is doubtful about a wheel that was built here."""


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """One content-addressed file."""

    kind: LayerKind
    digest: str
    """SHA-256 in hexadecimal."""
    size: int
    """In bytes."""
    path: Path
    """In the cache."""

    @property
    def file(self) -> str:
        """The layer's file name."""
        return FILE_NAMES[self.kind]


class Layers(msgspec.Struct, frozen=True, kw_only=True):
    """The exact Python and code of a run: the value that packing ends with."""

    environment: Environment
    """With the full version of the packed interpreter."""
    layers: tuple[Layer, ...]
    """Interpreter, packages, code, in this order; without packages where the lock names none."""
    packages: dict[str, str]
    """Version by normalised name, of everything in the packages layer."""
    lock_sha256: str | None
    warnings: tuple[Diagnostic, ...] = ()
    """What was found while they were packed."""
