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
from collections.abc import Callable, Iterable

from sparkferry.layers.packages.runtime_needs import find_tests
from sparkferry.layers.packages.wheel_index import WheelIndex
from sparkferry.layers.packages.wheel_layout import is_module, place
from sparkferry.project.model import Packages

RULES_VERSION = 1
"""Grows with every change of what a packages layer holds."""

_CYTHON = re.compile(r"\.(pyx|pxd|pxi)(\.(tp|in))?$")

_GENERATED = (".c", ".cpp")


def left_out(index: WheelIndex, settings: Packages) -> frozenset[str]:
    """Return the members, by name, that do not ship."""
    if not settings.prune:
        return frozenset()
    places = {
        place(index.dist_info, member.name): member.name
        for member in index.members
        if is_module(index.dist_info, member.name)
    }
    kept = _matcher(settings.keep)
    return frozenset(places[path] for path in _useless(index, places) if not kept(path))


def _useless(index: WheelIndex, paths: Iterable[str]) -> frozenset[str]:
    every = frozenset(paths)
    tests = find_tests(every) - index.used_tests
    cython = {path for path in every if _CYTHON.search(path)}
    sources = {path.partition(".")[0] for path in cython}
    return frozenset(
        path
        for path in every
        if path in tests
        or path in cython
        or (path.endswith(".pyi") and not index.reads_stubs)
        or (path.endswith(_GENERATED) and path.rpartition(".")[0] in sources)
        or "__pycache__/" in path
    )


def _matcher(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    if not patterns:
        return lambda _: False
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(patterns).match_file
