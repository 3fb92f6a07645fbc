"""A program that other interpreters run: it compiles sources to bytecode that is never checked.

Reads from standard input a JSON list of ``[archive, source file, name in the layer]``, where the
archive is a zip file that holds the source, or null, and writes ``<current directory>/<name of
the bytecode in the layer>`` for each. Unchecked hash-based bytecode (PEP 552) holds no times, so
the same sources give the same bytes. Standard library only, in a syntax that every Python from
3.8 on reads.
"""

from __future__ import annotations

import json
import marshal
import struct
import sys
import zipfile
from functools import lru_cache
from importlib.util import MAGIC_NUMBER, source_hash
from pathlib import Path
from types import CodeType

UNCHECKED = struct.pack("<I", 1)
"""The flags of PEP 552: by hash, and not compared with the source."""


def held(item: object) -> object:
    """Return something that refers to everything in a constant or code object.

    Before Python 3.11, marshal marks names that more than one thing refers to, and whether the
    interpreter's method cache does depends on their addresses: so that all are marked, all are held.
    """
    if isinstance(item, CodeType):
        names = (item.co_names, item.co_varnames, item.co_cellvars, item.co_freevars)
        return item, held((item.co_consts, item.co_name, item.co_filename, *names))
    if isinstance(item, (tuple, frozenset)):
        return item, [held(part) for part in item]
    return item


def bytecode(data: bytes, name: str) -> bytes:
    """Return the content of the `.pyc` of a source.

    :raises SyntaxError: this interpreter cannot read the source.
    """
    code = compile(data, name, "exec", dont_inherit=True)
    everything = held(code)
    written = MAGIC_NUMBER + UNCHECKED + source_hash(data) + marshal.dumps(code)
    del everything
    return written


def read(archive: str | None, source: str) -> bytes:
    """Return the bytes of a source file."""
    return _open(archive).read(source) if archive else Path(source).read_bytes()


@lru_cache(maxsize=1)
def _open(archive: str) -> zipfile.ZipFile:
    return zipfile.ZipFile(archive)


def main() -> None:
    """Compile what standard input names."""
    for archive, source, name in json.load(sys.stdin):
        try:
            written = bytecode(read(archive, source), name)
        except (SyntaxError, ValueError, RecursionError):
            # A source that its own Python cannot read cannot be imported either.
            continue
        # Not cache_from_source: it obeys pycache_prefix, which we are run with.
        tag = sys.implementation.cache_tag
        place = Path(name).parent / "__pycache__" / f"{Path(name).stem}.{tag}.pyc"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(written)


if __name__ == "__main__":
    main()
