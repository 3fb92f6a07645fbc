"""Bytecode of the packages, made once per wheel and Python, so that no executor compiles it.

It is kept as deflate streams one after the other, ready to be spliced beside the sources. What
tests hold, and what prunes away by default, has none; neither have small sources: compiling one
takes no longer than unpacking one more file. `deflate` (libdeflate) comes with its own compressor,
so that the same bytecode gives the same bytes, whatever zlib the running Python was built with.

Measured with numpy, pandas, pyarrow and scikit-learn: the first import on an executor takes a
third of the time, for 15 MB more.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.base.zip_write import DEFLATED
from sparkferry.layers.interpreter.compiler import Source, compile_sources
from sparkferry.layers.interpreter.prefix import Prefix
from sparkferry.layers.model import Wheel
from sparkferry.layers.packages.prune import RULES_VERSION, left_out
from sparkferry.layers.packages.wheel_index import WheelIndex
from sparkferry.layers.packages.wheel_layout import is_module, place
from sparkferry.layers.packages.wheel_record import digest
from sparkferry.layers.packages.zip_read import Member
from sparkferry.progress import Progress
from sparkferry.project.model import Packages

_FORMAT = 1
"""Raised whenever the same wheel gives other bytecode."""

_SMALL = 4096
"""Bytes of the sources that are left to the executor: 0.2 ms each."""

_LEVEL = 8
"""Of libdeflate's 12: 1 % smaller than level 6; 10 and more take five times as long for 2 %."""


Sources = tuple[tuple[str, str], ...]
"""Files of a wheel that are compiled: name in the wheel, path in the layer."""


class Bytecode(msgspec.Struct, frozen=True):
    """The bytecode of one wheel."""

    path: Path
    """The deflate streams."""
    members: tuple[Member, ...]
    """Named by path in the layer, in the order of their bytes."""


class _Known(msgspec.Struct, frozen=True):
    """A memo: what the bytecode of a wheel is."""

    sha256: str
    members: tuple[Member, ...]


def sources_of(index: WheelIndex) -> Sources:
    """Return which files of a wheel are compiled: name in the wheel, path in the layer."""
    without = left_out(index, Packages())
    return tuple(
        (member.name, place(index.dist_info, member.name))
        for member in index.members
        if member.name.endswith(".py")
        and member.size >= _SMALL
        and member.name not in without
        and is_module(index.dist_info, member.name)
    )


def source_of(bytecode: str) -> str:
    """Return the path of the source of ``…/__pycache__/<module>.<tag>.pyc`` (PEP 3147)."""
    folder, _, name = bytecode.rpartition("__pycache__/")
    return f"{folder}{name.rsplit('.', 2)[0]}.py"


def wheel_bytecode(
    prefix: Prefix,
    wheels: Sequence[Wheel],
    indexes: Sequence[WheelIndex],
    cache: Cache,
    progress: Progress,
) -> tuple[Bytecode | None, ...]:
    """Return the bytecode of each wheel, compiled now unless it was before.

    None has any where this machine cannot run the interpreter.

    :raises ExternalError: the interpreter fails, or the cache cannot be written.
    """
    if not prefix.native:
        return (None,) * len(wheels)
    maker = _Maker(prefix, cache)
    found = [maker.find(wheel) for wheel in wheels]
    work = [
        (wheel, sources_of(index))
        for wheel, index, known in zip(wheels, indexes, found, strict=True)
        if known is None
    ]
    made = iter(_made(maker, work, progress))
    return tuple(known or next(made) for known in found)


def _made(
    maker: "_Maker", work: Sequence[tuple[Wheel, Sources]], progress: Progress
) -> Iterator[Bytecode]:
    total = sum(len(sources) for _, sources in work)
    with (
        progress.task("compile packages", total, unit="files") as task,
        ThreadPoolExecutor(os.cpu_count(), "compile") as pool,
    ):
        for (_, sources), made in zip(work, pool.map(lambda x: maker.make(*x), work), strict=True):
            task.advance(len(sources))
            yield made


class _Maker:
    """Makes the bytecode of wheels, and finds what was made before."""

    def __init__(self, prefix: Prefix, cache: Cache) -> None:
        self._prefix = prefix
        self._cache = cache

    def find(self, wheel: Wheel) -> Bytecode | None:
        """Return the bytecode of the wheel, or None if it was never made or is not there any more."""
        known = self._cache.recall(self._key(wheel), _Known)
        stored = self._cache.find_file("bytecode", known.sha256) if known else None
        return Bytecode(stored.path, known.members) if known and stored else None

    def make(self, wheel: Wheel, sources: Sources) -> Bytecode:
        """Compile the sources of the wheel, and keep what comes out."""
        archive = str(wheel.path)
        members: list[Member] = []
        with self._cache.scratch() as scratch:
            work = [Source(archive, member, path) for member, path in sources]
            names = compile_sources(self._prefix, work, scratch)

            def write(path: Path) -> None:
                members.extend(_deflated(path, scratch, names))

            stored = self._cache.add_file("bytecode", f"{wheel.name}.deflate", write)
        self._cache.remember(self._key(wheel), _Known(stored.sha256, tuple(members)))
        return Bytecode(stored.path, tuple(members))

    def _key(self, wheel: Wheel) -> str:
        return f"bytecode {_FORMAT} {RULES_VERSION} {self._prefix.version} {wheel.sha256}"


def _deflated(target: Path, directory: Path, names: Iterable[str]) -> list[Member]:
    import zlib

    from deflate import deflate_compress

    members = []
    with target.open("wb") as stream:
        for name in names:
            data = (directory / name).read_bytes()
            packed = deflate_compress(data, _LEVEL)
            offset, size = stream.tell(), len(data)
            stream.write(packed)
            members.append(
                Member(
                    name, DEFLATED, zlib.crc32(data), size, len(packed), offset, False, digest(data)
                )
            )
    return members
