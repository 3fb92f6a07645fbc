"""The interpreter and code layers of a run as layers of an image: the same files, in another place.

What a large file of the interpreter was compressed to is taken over.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from sparkferry.base.cache import Cache
from sparkferry.base.gzip import SeparateMember, members, split
from sparkferry.image.entry import Entry
from sparkferry.image.layers.layer import LayerPlan, layer
from sparkferry.image.layers.tar import header, padding
from sparkferry.image.layers.tar_part import Listing, TarPart, tar_part
from sparkferry.image.model import HOME, ImageLayer
from sparkferry.layers.model import DIRECTORIES, Layer

if TYPE_CHECKING:
    from tarfile import TarInfo

_FORMAT = 2
"""Raised whenever the same layer gives another one here."""


def interpreter_layer(source: Layer, version: str, cache: Cache) -> ImageLayer:
    """Return the layer with the content of ``python.tar.gz``, a Python of this ``version``.

    :raises ExternalError: the cache cannot be written.
    """
    return _carried(source, f"Python {version}", _of_tarball, cache)


def code_layer(source: Layer, cache: Cache) -> ImageLayer:
    """Return the layer with the content of ``code.zip``.

    :raises ExternalError: the cache cannot be written.
    """
    return _carried(source, "code", _of_zip, cache)


def _carried(
    source: Layer, name: str, made: Callable[[Layer], TarPart], cache: Cache
) -> ImageLayer:
    plan = LayerPlan(
        role="code" if source.kind == "code" else "interpreter",
        name=name,
        key=f"{source.kind} {_FORMAT} {source.digest}",
        parts=lambda: (made(source),),
    )
    return layer(plan, cache)


class _File(NamedTuple):
    entry: Entry
    body: Sequence[bytes | SeparateMember]
    size: int


def _of_tarball(source: Layer) -> TarPart:
    files = tuple(_files(source))
    listing = Listing()
    names = tuple(entry.path for entry in listing.files(file.entry for file in files))
    return TarPart(directories=(), names=names, members=lambda feed: members(_archive(files), feed))


def _archive(files: Sequence[_File]) -> Iterator[bytes | SeparateMember]:
    for file in files:
        yield header(file.entry, file.size)
        yield from file.body
        yield padding(file.size)


def _files(source: Layer) -> Iterator[_File]:
    import tarfile

    root = f"{HOME}/{DIRECTORIES[source.kind]}"
    plain, at = _inflated(source.path.read_bytes())
    with tarfile.open(fileobj=plain) as archive:
        for member in archive:
            path = f"{root}/{member.name}"
            if member.isreg():
                body = _body(member, at, plain.getbuffer())
                yield _File(Entry(path=path, mode=member.mode), body, member.size)
            else:
                yield _File(Entry(path=path, kind="symlink", target=member.linkname), (), 0)


def _inflated(data: bytes) -> tuple[BytesIO, Mapping[int, SeparateMember]]:
    """Return the content of a gzip file, and its members by where each begins in it."""
    plain, found = BytesIO(), list[tuple[int, int, bytes | memoryview]]()
    for each in split(data):
        start = plain.tell()
        found.append((start, start + plain.write(each.content), each.member))
    plain.seek(0)
    view = plain.getbuffer()
    return plain, {start: SeparateMember(view[start:end], member) for start, end, member in found}


def _body(
    file: "TarInfo", at: Mapping[int, SeparateMember], plain: memoryview
) -> Sequence[bytes | SeparateMember]:
    """Return the content of a file: as members, if it has them to itself, else as bytes."""
    found, place, end = list[SeparateMember](), file.offset_data, file.offset_data + file.size
    while place < end and place in at:
        found.append(at[place])
        place += len(at[place].content)
    return found if place == end else (bytes(plain[file.offset_data : end]),)


def _of_zip(source: Layer) -> TarPart:
    return tar_part(_zipped(source))


def _zipped(source: Layer) -> Iterator[Entry]:
    import zipfile

    root = f"{HOME}/{DIRECTORIES[source.kind]}"
    with zipfile.ZipFile(source.path) as archive:
        for info in archive.infolist():
            mode = info.external_attr >> 16 & 0o777
            yield Entry(path=f"{root}/{info.filename}", mode=mode, content=archive.read(info))
