"""An image that somebody made, as a value.

Names are those of the OCI image specification 1.1, "Image Configuration"; Docker writes the same keys,
and null for what is empty.
"""

from collections.abc import Mapping
from typing import IO, Protocol

import msgspec

from sparkferry.image.model import Descriptor
from sparkferry.image.rootfs.union import Opener


class Blobs(Protocol):
    """A place that has the blobs of an image: a layout, an archive, a repository."""

    def read(self, descriptor: Descriptor) -> bytes:
        """Return an index, a manifest or a config, its digest verified.

        :raises ExternalError: it is not there, or not what the digest says.
        """
        ...

    def open(self, descriptor: Descriptor) -> IO[bytes]:
        """Open a layer as it is stored.

        :raises ExternalError: it is not there.
        """
        ...


class Execution(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """What a container runs, and as whom: the config's property ``config``."""

    user: str = ""
    env: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    working_dir: str = ""
    labels: dict[str, str] | None = None

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment variables; of one that is given twice, the last."""
        pairs = (variable.partition("=") for variable in self.env or ())
        return {name: value for name, _, value in pairs}

    @property
    def argv(self) -> tuple[str, ...]:
        """Entry point and command, as they are run."""
        return (*(self.entrypoint or ()), *(self.cmd or ()))


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What one step of the build did: an item of the config's ``history``."""

    created_by: str = ""
    comment: str = ""
    empty_layer: bool = False


class DiffIds(msgspec.Struct, frozen=True, kw_only=True):
    """The config's property ``rootfs``."""

    diff_ids: tuple[str, ...] = ()


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The config of an image."""

    architecture: str
    os: str
    variant: str = ""
    created: str | None = None
    config: Execution = Execution()
    rootfs: DiffIds = DiffIds()
    history: tuple[Step, ...] | None = None

    @property
    def platform(self) -> str:
        """As ``linux/amd64``."""
        return f"{self.os}/{self.architecture}"


class SpecimenLayer(msgspec.Struct, frozen=True, kw_only=True):
    """One layer, as it is stored."""

    descriptor: Descriptor
    open: Opener
    step: Step
    """How it was made; empty where the history does not say."""


class InspectedImage(msgspec.Struct, frozen=True, kw_only=True):
    """An image for one platform, as it is somewhere."""

    name: str
    """As the user named it: a reference, a directory, a file."""
    registry: str | None = None
    """Host of the registry that has it; None for an image in a file."""
    descriptor: Descriptor
    """Of its manifest."""
    config: Config
    layers: tuple[SpecimenLayer, ...]
    """The lowest first."""
