"""Unpacking layers on this machine.

A layer may come from a store that others write to, so names and links that lead out of the
directory are refused, and so is everything that is neither a file nor a link.
"""

import os
import tarfile
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from gzip import BadGzipFile
from pathlib import Path
from tarfile import TarError
from typing import IO, Any
from zipfile import BadZipFile

from sparkferry.errors import ExternalError
from sparkferry.files import CHUNK
from sparkferry.layers.model import Layer
from sparkferry.layers.packages.zip_names import is_safe

_THREADS = 2
"""Inflating and writing happen outside of Python's lock; 4 threads were no faster than 2."""

Wanted = Callable[[str], bool]

_LOCAL_HEADER = 30
"""Bytes of a zip's local header before name and extra field; their lengths stand at its end."""


def unpack(layer: Layer, directory: Path, only: Collection[str] | None = None) -> None:
    """Write the layer's files below ``directory``, or those of them that ``only`` names.

    :raises ExternalError: the layer is damaged or dangerous.
    """
    wanted: Wanted = only.__contains__ if only is not None else lambda _: True
    try:
        if layer.path.name.endswith(".zip"):
            _unpack_zip(layer.path, directory, wanted)
        else:
            _unpack_tarball(layer.path, directory, wanted)
    except _damage() as error:
        raise ExternalError(
            f"could not unpack `{layer.path}`: {error}",
            hint="the layer is damaged: remove it from the cache (`sparkferry gc`) and pack again",
        ) from error


def _damage() -> tuple[type[Exception], ...]:
    """Return what the readers raise for content that is not what it should be."""
    from isal import isal_zlib

    inflating: Any = isal_zlib.IsalError
    return (inflating, BadGzipFile, BadZipFile, TarError, EOFError, FileExistsError, ValueError)


def _unpack_tarball(path: Path, directory: Path, wanted: Wanted) -> None:
    from isal import igzip

    decompress: Callable[..., Any] = igzip.IGzipFile
    with decompress(path) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in filter(lambda found: wanted(found.name), archive):
            place = _place(directory, member.name)
            place.parent.mkdir(parents=True, exist_ok=True)
            if member.issym():
                _check_link(member.name, member.linkname)
                place.symlink_to(member.linkname)
            elif content := archive.extractfile(member) if member.isreg() else None:
                _write(place, iter(lambda: content.read(CHUNK), b""), bool(member.mode & 0o100))
            else:
                raise ValueError(f"`{member.name}` is neither a file nor a link")


def _unpack_zip(path: Path, directory: Path, wanted: Wanted) -> None:
    with zipfile.ZipFile(path) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir() and wanted(info.filename)]
        places = [_place(directory, info.filename) for info in infos]
    for parent in {place.parent for place in places}:
        parent.mkdir(parents=True, exist_ok=True)
    with path.open("rb") as stream, ThreadPoolExecutor(_THREADS) as pool:
        work = (
            pool.submit(_unpack_member, stream, info, place)
            for info, place in zip(infos, places, strict=True)
        )
        for done in list(work):
            done.result()


def _unpack_member(stream: IO[bytes], info: zipfile.ZipInfo, place: Path) -> None:
    checksum = _Checksum(_inflated(stream.fileno(), info))
    _write(place, checksum, bool(info.external_attr >> 16 & 0o100))
    if checksum.value != info.CRC:
        raise ValueError(f"the CRC of `{info.filename}` is wrong")


class _Checksum:
    def __init__(self, content: Iterator[bytes]) -> None:
        self.content = content
        self.value = 0

    def __iter__(self) -> Iterator[bytes]:
        from isal import isal_zlib

        for data in self.content:
            self.value = isal_zlib.crc32(data, self.value)
            yield data


def _inflated(handle: int, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the member's content; `pread` lets threads share the handle."""
    from isal import isal_zlib

    head = os.pread(handle, _LOCAL_HEADER, info.header_offset)
    start = (
        info.header_offset + _LOCAL_HEADER + head[26] + (head[27] << 8) + head[28] + (head[29] << 8)
    )
    end = start + info.compress_size
    pieces = (os.pread(handle, min(CHUNK, end - at), at) for at in range(start, end, CHUNK))
    if info.compress_type == zipfile.ZIP_STORED:
        yield from pieces
        return
    inflater = isal_zlib.decompressobj(wbits=-15)
    for piece in pieces:
        yield inflater.decompress(piece)
    yield inflater.flush()


def _write(place: Path, content: Iterable[bytes], executable: bool) -> None:
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o755 if executable else 0o644)
    with os.fdopen(handle, "wb", buffering=0) as stream:
        for data in content:
            stream.write(data)


def _place(directory: Path, name: str) -> Path:
    if not is_safe(name):
        raise ValueError(f"the name {name!r} leads out of the directory or is not portable")
    return directory / name


def _check_link(name: str, target: str) -> None:
    lands = os.path.normpath(Path(name).parent / target)
    if Path(target).is_absolute() or lands.split("/")[0] == "..":
        raise ValueError(f"the link `{name}` leads out of the directory")
