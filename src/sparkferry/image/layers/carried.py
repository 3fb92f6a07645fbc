"""The interpreter and code layers of a run as layers of an image: the same files, in another place."""

from collections.abc import Callable, Iterator
from typing import Any

from sparkferry.image.entry import Entry
from sparkferry.image.layers.layer import LayerPlan, layer
from sparkferry.image.layers.part import part
from sparkferry.image.model import HOME, ImageLayer
from sparkferry.layers.cache import Cache
from sparkferry.layers.model import DIRECTORIES, Layer

_FORMAT = 1
"""Raised whenever the same layer gives another one here."""


def interpreter_layer(source: Layer, version: str, cache: Cache) -> ImageLayer:
    """Return the layer with the content of ``python.tar.gz``, a Python of this ``version``.

    :raises WorldError: the cache cannot be written.
    """
    return _carried(source, f"Python {version}", _of_tarball, cache)


def code_layer(source: Layer, cache: Cache) -> ImageLayer:
    """Return the layer with the content of ``code.zip``.

    :raises WorldError: the cache cannot be written.
    """
    return _carried(source, "code", _of_zip, cache)


def _carried(
    source: Layer, name: str, entries: Callable[[Layer], Iterator[Entry]], cache: Cache
) -> ImageLayer:
    plan = LayerPlan(
        role="code" if source.kind == "code" else "interpreter",
        name=name,
        key=f"{source.kind} {_FORMAT} {source.digest}",
        parts=lambda: (part(entries(source)),),
    )
    return layer(plan, cache)


def _of_tarball(source: Layer) -> Iterator[Entry]:
    import tarfile

    from isal import igzip

    root = f"{HOME}/{DIRECTORIES[source.kind]}"
    decompress: Callable[..., Any] = igzip.IGzipFile
    with decompress(source.path) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            path = f"{root}/{member.name}"
            content = archive.extractfile(member) if member.isreg() else None
            if content is None:
                yield Entry(path=path, kind="symlink", target=member.linkname)
            else:
                yield Entry(path=path, mode=member.mode, content=content.read())


def _of_zip(source: Layer) -> Iterator[Entry]:
    import zipfile

    root = f"{HOME}/{DIRECTORIES[source.kind]}"
    with zipfile.ZipFile(source.path) as archive:
        for info in archive.infolist():
            mode = info.external_attr >> 16 & 0o777
            yield Entry(path=f"{root}/{info.filename}", mode=mode, content=archive.read(info))
