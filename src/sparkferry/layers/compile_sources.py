"""A program that other interpreters run: it compiles sources to bytecode that is never checked.

Reads from standard input a JSON list of ``[source file, name in the layer]``, and writes
``<current directory>/<name of the bytecode in the layer>`` for each. Unchecked hash-based
bytecode (PEP 552) holds no times, so the same sources give the same bytes. Standard library
only, in a syntax that every Python from 3.8 on reads.
"""

import json
import sys
from importlib.util import cache_from_source
from py_compile import PycInvalidationMode, PyCompileError, compile  # noqa: A004 - its own name

for source, name in json.load(sys.stdin):
    try:
        compile(
            source,
            cfile=cache_from_source(name),
            dfile=name,
            doraise=True,
            invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
        )
    except PyCompileError:
        # A source that its own Python cannot read cannot be imported either.
        continue
