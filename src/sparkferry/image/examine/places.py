"""Images in files: OCI layouts, as directory or tar, and what ``docker save`` writes.

Docker's own format is that of its image specification 1.2; it names files where OCI has digests, and
before Docker 25 it is the only one in the archive.
"""

import hashlib
import io
import tarfile
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from sparkferry.errors import ExternalError, UserError
from sparkferry.files import sha256_bytes
from sparkferry.image.examine.archive import Files, archive_files
from sparkferry.image.examine.load import layer_steps, load
from sparkferry.image.examine.model import Config, InspectedImage, SpecimenLayer
from sparkferry.image.model import CONFIG, Descriptor
from sparkferry.image.rootfs.stream import Raw

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


_DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"


class _Listed(msgspec.Struct, frozen=True, kw_only=True):
    manifests: tuple[Descriptor, ...]


class _Saved(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    config: str
    layers: tuple[str, ...]


class _LayoutBlobs:
    def __init__(self, files: Files) -> None:
        self._files = files

    def read(self, descriptor: Descriptor) -> bytes:
        with self._stored(descriptor) as stream:
            data = stream.read()
        check_digest(descriptor, sha256_bytes(data))
        return data

    def open(self, descriptor: Descriptor) -> IO[bytes]:
        return io.BufferedReader(Verified(self._stored(descriptor), descriptor))

    def _stored(self, descriptor: Descriptor) -> IO[bytes]:
        try:
            return self._files(f"blobs/{descriptor.digest.replace(':', '/')}")
        except FileNotFoundError as error:
            raise ExternalError(
                f"could not read `{descriptor.digest}`: the layout refers to it, and has it not",
                hint="the copy is not complete: make or pull it again",
            ) from error


def load_path(path: Path) -> tuple[InspectedImage, ...]:
    """Return the images in an OCI layout or an archive.

    :raises UserError: it is neither.
    :raises ExternalError: it is damaged, or not complete.
    """
    try:
        files = _directory(path) if path.is_dir() else archive_files(path)
        return _load(files, str(path))
    except (FileNotFoundError, tarfile.TarError, msgspec.MsgspecError) as error:
        raise UserError(
            f"could not read `{path}`: it is neither an OCI layout nor an archive of an image",
            hint="give a directory or file that `sparkferry image build` or `docker save` wrote",
        ) from error


def _load(files: Files, name: str) -> tuple[InspectedImage, ...]:
    try:
        with files("index.json") as stream:
            roots = msgspec.json.decode(stream.read(), type=_Listed).manifests
    except FileNotFoundError:
        return _load_saved(files, name)
    return tuple(image for root in roots for image in load(_LayoutBlobs(files), root, name))


def _load_saved(files: Files, name: str) -> tuple[InspectedImage, ...]:
    with files("manifest.json") as stream:
        saved = msgspec.json.decode(stream.read(), type=tuple[_Saved, ...])
    return tuple(_saved_image(files, one, name) for one in saved)


def _saved_image(files: Files, saved: _Saved, name: str) -> InspectedImage:
    with files(saved.config) as stream:
        content = stream.read()
    config = msgspec.json.decode(content, type=Config)
    steps = layer_steps(config, len(saved.layers))
    layers = tuple(
        SpecimenLayer(
            descriptor=Descriptor(media_type=_DOCKER_LAYER, digest=digest, size=_size(files, file)),
            open=partial(files, file),
            step=step,
        )
        for digest, file, step in zip(config.rootfs.diff_ids, saved.layers, steps, strict=True)
    )
    # There is no manifest: Docker calls the image by the digest of its config.
    digest = f"sha256:{sha256_bytes(content)}"
    root = Descriptor(media_type=CONFIG, digest=digest, size=len(content))
    return InspectedImage(name=name, descriptor=root, config=config, layers=layers)


def _size(files: Files, name: str) -> int:
    with files(name) as stream:
        return stream.seek(0, io.SEEK_END)


def _directory(path: Path) -> Files:
    return lambda name: (path / name).open("rb")


class Verified(Raw):
    """The bytes of ``stream``; at their end they must be those of the descriptor.

    :raises ExternalError: from the read that finds the end, if they are not.
    """

    def __init__(self, stream: IO[bytes], descriptor: Descriptor) -> None:
        super().__init__(stream)
        self._descriptor = descriptor
        self._sum = hashlib.sha256()

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Read into ``buffer``, and return how many bytes."""
        count = super().readinto(buffer)
        self._sum.update(memoryview(buffer).cast("B")[:count])
        if not count:
            check_digest(self._descriptor, self._sum.hexdigest())
        return count

    def close(self) -> None:
        """Close the stream, too."""
        self._stream.close()
        super().close()


def check_digest(descriptor: Descriptor, sha256: str) -> None:
    """Raise :class:`ExternalError` unless the descriptor's digest is this one."""
    if descriptor.sha256 != sha256:
        raise ExternalError(
            f"could not verify `{descriptor.digest}`: the SHA-256 of what is there is {sha256}",
            hint="the copy is damaged: make or pull it again",
        )
