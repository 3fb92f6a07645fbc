"""What of a wheel does not ship, since nothing imports it at run time.

Only importable files are left out: never metadata, scripts, data files or headers.

=====================  ==========================================================================
left out               unless
=====================  ==========================================================================
test folders           the package itself imports a file of it at run time: then that file stays
                       (see `runtime_needs`); a top-level ``tests`` is all that the wheel has
type stubs, ``*.pyi``  the package reads stubs at run time, as lazy loaders do
Cython sources         never
C and C++ files        no Cython source of the same name stands beside it
``__pycache__``        never
=====================  ==========================================================================

Headers, static libraries and ``py.typed`` stay: some packages compile or introspect at run time.
`keep` patterns, in the syntax of ``.gitignore``, except files from every rule; ``prune = false`` turns
all of them off.
"""

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from sparkferry.layers.packages.runtime_needs import find_tests
from sparkferry.layers.packages.wheel_index import WheelIndex
from sparkferry.layers.packages.wheel_layout import place
from sparkferry.project.model import Packages

RULES_VERSION = 2
"""Grows with every change of what a packages layer holds."""

_CYTHON = re.compile(r"\.(pyx|pxd|pxi)(\.(tp|in))?$")

_GENERATED = (".c", ".cpp")


def left_out(index: WheelIndex, settings: Packages) -> frozenset[str]:
    """Return the members, by name, that do not ship."""
    if not settings.prune:
        return frozenset()
    if not settings.keep:
        return index.useless
    from pathspec import GitIgnoreSpec

    kept = GitIgnoreSpec.from_lines(settings.keep).match_file
    return frozenset(name for name in index.useless if not kept(place(index.dist_info, name)))


def useless(
    modules: Iterable[str], used_tests: AbstractSet[str], *, reads_stubs: bool
) -> frozenset[str]:
    """Return those of a wheel's importable files, all by path in the layer, that nothing imports.

    ``used_tests`` are the files in test folders that the package itself imports, and ``reads_stubs``
    is whether it reads type stubs when it runs.
    """
    every = frozenset(modules)
    tests = find_tests(every) - used_tests
    cython = {path for path in every if _CYTHON.search(path)}
    sources = {path.partition(".")[0] for path in cython}
    return frozenset(
        path
        for path in every
        if path in tests
        or path in cython
        or (path.endswith(".pyi") and not reads_stubs)
        or (path.endswith(_GENERATED) and path.rpartition(".")[0] in sources)
        or "__pycache__/" in path
    )
