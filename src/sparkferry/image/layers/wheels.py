"""Layers of wheels, spliced: the deflate streams of the wheels become gzip members as they are.

A wheel's verified index has CRC and size of each file, which is all that ends a gzip member, so
nothing is inflated and nothing compressed but the tar headers in between and what is stored.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, groupby
from pathlib import Path

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.base.gzip import Sink, chunks, member, stream_member
from sparkferry.base.zip_write import DEFLATED, MODES
from sparkferry.errors import ExternalError
from sparkferry.files import CHUNK, sha256_bytes
from sparkferry.image.entry import Entry
from sparkferry.image.layers.layer import LayerPlan, layer
from sparkferry.image.layers.tar import header, padding
from sparkferry.image.layers.tar_part import TarPart
from sparkferry.image.model import HOME, ImageLayer
from sparkferry.layers.interpreter.prefix import Prefix
from sparkferry.layers.model import DIRECTORIES, Wheel
from sparkferry.layers.packages.contents import Item, contents
from sparkferry.layers.packages.layer import packables
from sparkferry.layers.packages.prune import RULES_VERSION
from sparkferry.progress import QUIET, Progress
from sparkferry.project.model import Packages

_ROOT = f"{HOME}/{DIRECTORIES['packages']}"
_THREADS = 2

_FORMAT = 1
"""Raised whenever the same files give another layer."""


def package_layers(
    wheels: Sequence[Wheel],
    settings: Packages,
    prefix: Prefix,
    cache: Cache,
    progress: Progress = QUIET,
) -> tuple[ImageLayer, ...]:
    """Return the layers of the wheels: one each, or a few shared ones where they are many.

    The same wheels, settings and Python give the same bytes, on any machine and in any order of the
    wheels. ``prefix`` is the Python that will import them: it compiles them, if this machine can run it.

    :raises WheelError: a wheel that was not verified before is not valid.
    :raises UserError: two wheels hold different files of one path, and nothing decides.
    :raises ExternalError: the cache cannot be written.
    """
    ordered = sorted(wheels, key=lambda wheel: (wheel.filename, wheel.sha256))
    items = contents(packables(ordered, prefix, cache, progress), settings).files
    plans = [_plan(names, items, settings) for names in _grouped(ordered)]
    with (
        progress.task("package layers", len(plans), "layers") as task,
        ThreadPoolExecutor(_THREADS, "layers") as pool,
    ):
        made = []
        for done in pool.map(lambda plan: layer(plan, cache), plans):
            made.append(done)
            task.advance(1)
    return tuple(made)


def _grouped(wheels: Sequence[Wheel]) -> tuple[tuple[Wheel, ...], ...]:
    named = {wheel.name: wheel for wheel in wheels}
    groups = group({name: wheel.path.stat().st_size for name, wheel in named.items()})
    return tuple(tuple(named[name] for name in names) for names in groups)


def _plan(
    wheels: Sequence[Wheel], items: Mapping[Path, tuple[Item, ...]], settings: Packages
) -> LayerPlan:
    found = [item for wheel in wheels for item in items[wheel.path]]
    files = [(wheel.filename, wheel.sha256) for wheel in wheels]
    keep = settings.keep if settings.prune else ()
    # Which of two wheels has a file that both hold depends on the others; what is compiled, on Python.
    names = sha256_bytes("\0".join(f"{item.path} {item.hash}" for item in found).encode())
    said = msgspec.json.encode((settings.prune, keep, files, names)).decode()
    return LayerPlan(
        role="packages",
        name=" ".join(f"{wheel.name} {wheel.version}" for wheel in wheels),
        key=f"packages {_FORMAT} {RULES_VERSION} {said}",
        parts=lambda: (spliced(found),),
    )


def spliced(items: Sequence[Item]) -> TarPart:
    """Return the part with these files of the packages layer."""
    return TarPart(
        directories=(),
        names=tuple(f"{_ROOT}/{item.path}" for item in items),
        members=lambda feed: _members(items, feed),
    )


def _members(items: Iterable[Item], feed: Sink) -> Iterator[bytes]:
    waiting = b""
    for wheel, found in groupby(items, key=lambda item: item.wheel):
        with wheel.open("rb", buffering=0) as stream:
            for item in found:
                waiting += header(_entry(item), item.header.size)
                if _is_deflated(item):
                    yield _own(waiting, feed)
                    yield from _spliced(stream.fileno(), item, feed)
                    waiting = b""
                else:
                    *whole, waiting = _filled(waiting, _read(stream.fileno(), item))
                    yield from (_own(data, feed) for data in whole)
                waiting += padding(item.header.size)
    yield _own(waiting, feed)


def _own(content: bytes, feed: Sink) -> bytes:
    feed(content)
    return member(content)


def _spliced(handle: int, item: Item, feed: Sink) -> Iterator[bytes]:
    try:
        yield from stream_member(_read(handle, item), item.header.crc, item.header.size, feed)
    except ValueError as error:
        raise _changed(item, f"`{item.path}` is damaged ({error})") from error


def _filled(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield from chunks(chain((first,), rest), CHUNK)


def _is_deflated(item: Item) -> bool:
    return item.header.method == DEFLATED and item.header.size > 0


def _entry(item: Item) -> Entry:
    return Entry(path=f"{_ROOT}/{item.path}", mode=MODES[item.header.executable])


def _read(handle: int, item: Item) -> Iterator[bytes]:
    """Yield the item's bytes as they stand in its wheel."""
    if item.made is not None or not item.header.size:
        yield item.made or b""
        return
    end = item.offset + item.header.compressed
    for start in range(item.offset, end, CHUNK):
        wanted = min(CHUNK, end - start)
        data = os.pread(handle, wanted, start)
        if len(data) < wanted:
            raise _changed(item, f"it ends before byte {end}")
        yield data


def _changed(item: Item, what: str) -> ExternalError:
    return ExternalError(
        f"could not read `{item.wheel.name}`: {what}",
        hint="the file changed after it was verified: run `sparkferry gc`, and try again",
    )


LIMIT = 24
"""Layers of packages at most: engines allow 127 in an image, registries slow down long before that."""

_SHARED = 8
"""Layers for wheels that share one, where there are more wheels than layers."""


def group(sizes: Mapping[str, int]) -> tuple[tuple[str, ...], ...]:
    """Return the normalised names, which ``sizes`` gives the bytes of, in groups of one layer each.

    Where there are more than :data:`LIMIT`, the largest stand alone, and the others share layers by the
    digest of their names. What counts as largest is told by powers of two, so that a wheel seldom
    leaves its group when its size changes.
    """
    by_size = sorted(sizes, key=lambda name: (-sizes[name].bit_length(), name))
    alone = by_size if len(by_size) <= LIMIT else by_size[: LIMIT - _SHARED]
    shared = sorted(set(sizes).difference(alone))
    together = (_of_bucket(shared, bucket) for bucket in range(_SHARED))
    return (*((name,) for name in sorted(alone)), *(names for names in together if names))


def _of_bucket(names: Sequence[str], bucket: int) -> tuple[str, ...]:
    return tuple(
        name for name in names if hashlib.sha256(name.encode()).digest()[0] % _SHARED == bucket
    )
