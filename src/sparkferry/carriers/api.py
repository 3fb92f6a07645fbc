"""The interface of a carrier, and the values before and after it."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Protocol

import msgspec

from sparkferry.env import Env
from sparkferry.errors import Diagnostic
from sparkferry.facts import Facts
from sparkferry.layers.model import DIRECTORIES, FILE_NAMES, LayerKind, Layers
from sparkferry.project.model import Project
from sparkferry.snapshot.model import Snapshot

if TYPE_CHECKING:
    from sparkferry.image.model import RunImage
    from sparkferry.image.run_image import RunImageBuild


class Artifacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a project was packed to."""

    snapshot: Snapshot
    layers: Layers
    """Where there is an image, the code alone; environment and packages are the image's."""
    facts: Facts
    image: "RunImageBuild | None" = None
    """The image; None where the layers are archives."""
    warnings: tuple[Diagnostic, ...] = ()
    """Everything that may be wrong with them, as `check` reports it."""


class PublishedLayer(msgspec.Struct, frozen=True, kw_only=True):
    """A layer that is in a store."""

    kind: LayerKind
    digest: str
    size: int
    """In bytes."""
    uri: str
    """Where Spark reads it."""

    @property
    def archive(self) -> str:
        """The layer as a value of ``spark.archives``: ``<uri>#<directory>``."""
        return f"{self.uri}#{DIRECTORIES[self.kind]}"

    @property
    def key(self) -> str:
        """Its key in a store."""
        return layer_key(self.kind, self.digest)


def layer_key(kind: LayerKind, digest: str) -> str:
    """Return the key of a layer in every store: ``layers/<sha256>/<file>``."""
    return f"layers/{digest}/{FILE_NAMES[kind]}"


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """Where artifacts are, or will be."""

    layers: tuple[PublishedLayer, ...]
    main: str | None = None
    """URI of the driver's program, for drivers that do not start on this machine; None in an image."""
    image: "RunImage | None" = None


class Carrier(Protocol):
    """Packs a project, and brings the artifacts to where a target's executors find them."""

    def pack(self, project: Project, snapshot: Snapshot, facts: Facts, env: Env) -> Artifacts:
        """Make the artifacts, or take them from the cache.

        :raises DiagnosticsError: the project, its lock or its files cannot be packed; nothing was kept.
        :raises ExternalError: an index, a mirror, a build or the disk failed.
        """
        ...

    def locate(self, artifacts: Artifacts) -> Published:
        """Return where the artifacts will be; pure, nothing is sent."""
        ...

    def relocate(self, layers: Iterable[PublishedLayer]) -> tuple[PublishedLayer, ...]:
        """Return layers of an earlier run with the addresses that they have for a run from here; pure."""
        ...

    def publish(self, artifacts: Artifacts, env: Env) -> Published:
        """Bring there what is not there yet.

        :raises ExternalError: the store, container engine or registry is out of reach, or refuses.
        """
        ...

    def prune(self, images: Collection[str], *, dry_run: bool) -> tuple[str, ...]:
        """Remove images that runs were carried in; return the names of those that were there.

        With ``dry_run`` they stay.

        :raises ExternalError: who has the images cannot be asked, or one is in use.
        """
        ...
