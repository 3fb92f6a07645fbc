"""Layers in Zstandard: a quarter smaller than gzip, and read since Docker 23 and Podman 4."""

import hashlib
from pathlib import Path

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.base.gzip import inflated
from sparkferry.errors import UserError
from sparkferry.image.model import LAYER_GZIP, LAYER_ZSTD, ImageLayer

_FILE = "layer.tar.zst"

_LEVEL = 6
"""Of zstd's 1 to 22. Measured on the layers of numpy, pandas and scikit-learn: 23.6 MB, against 25.9 MB
at level 3 in half the time, 21.8 MB at level 12 in four times, and 30.6 MB as gzip."""

_THREADS = 2
"""The bytes do not depend on how many, only on whether it is more than none."""


def in_zstd(layer: ImageLayer, cache: Cache) -> ImageLayer:
    """Return the same layer compressed by zstd, made now unless it is in the cache.

    Layers of base images, which are not here, stay as they are.

    :raises UserError: the package that does it is not installed.
    :raises ExternalError: the cache cannot be written.
    """
    source = layer.source
    if not isinstance(source, Path) or layer.descriptor.media_type != LAYER_GZIP:
        return layer
    key = f"image layer zstd {_version()} {_LEVEL} {layer.diff_id}"
    sha256 = cache.recall(key, str)
    found = cache.find_file("blobs", sha256) if sha256 else None
    cached = found is not None
    if found is None:
        found = cache.add_file("blobs", _FILE, lambda path: _write(source, path))
        cache.remember(key, found.sha256)
    descriptor = msgspec.structs.replace(
        layer.descriptor,
        media_type=LAYER_ZSTD,
        digest=f"sha256:{found.sha256}",
        size=found.size,
    )
    return msgspec.structs.replace(
        layer, descriptor=descriptor, source=found.path, made="cached" if cached else "built"
    )


def _version() -> str:
    try:
        import zstandard
    except ImportError as error:
        raise UserError(
            "could not compress layers by `zstd`: the package zstandard is not installed",
            hint='install it by `pip install "sparkferry[zstd]"`, or set `compression` of the image to '
            "`gzip`",
        ) from error
    return f"{zstandard.__version__} {zstandard.ZSTD_VERSION}"


def _write(source: Path, path: Path) -> str:
    import zstandard

    digest = hashlib.sha256()
    compressor = zstandard.ZstdCompressor(level=_LEVEL, threads=_THREADS).compressobj()
    with path.open("wb") as stream:
        for content in inflated(source):
            data = compressor.compress(content)
            digest.update(data)
            stream.write(data)
        data = compressor.flush()
        digest.update(data)
        stream.write(data)
    return digest.hexdigest()
