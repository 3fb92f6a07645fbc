"""Layers in the cache."""

from collections.abc import Callable
from pathlib import Path

from sparkferry.base.cache import Cache, Stored
from sparkferry.layers.model import FILE_NAMES, Layer, LayerKind


def add_layer(cache: Cache, kind: LayerKind, write: Callable[[Path], str | None]) -> Layer:
    """Have ``write`` make the layer's file at the path it is given, and keep it.

    It may return the file's SHA-256, so that the file need not be read again.

    :raises ExternalError: the cache cannot be written, or its disk is full.
    """
    return _as_layer(kind, cache.add_file("layers", FILE_NAMES[kind], write))


def find_layer(cache: Cache, kind: LayerKind, digest: str) -> Layer | None:
    """Return the layer, or None if it is not there or has not its size any more."""
    found = cache.find_file("layers", digest)
    return _as_layer(kind, found) if found else None


def _as_layer(kind: LayerKind, stored: Stored) -> Layer:
    return Layer(kind=kind, digest=stored.sha256, size=stored.size, path=stored.path)
