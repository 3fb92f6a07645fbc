"""Where the files of a wheel go in a flat directory on ``sys.path``.

After the wheel specification ("binary distribution format", version 1.0) with one directory for all
schemes, as ``pip install --target`` and ``uv pip install --target`` have it:

=============================  ==========================
in the wheel                   in the layer
=============================  ==========================
``…``                          ``…``
``*.data/purelib/…``           ``…``
``*.data/platlib/…``           ``…``
``*.data/data/…``              ``…``
``*.data/scripts/…``           ``bin/…``
``*.data/headers/…``           ``include/<package>/…``
entry points                   ``bin/<name>``
=============================  ==========================

So ``Root-Is-Purelib`` makes no difference.
"""

from typing import Final

MODULE_SCHEMES: Final = frozenset({"purelib", "platlib"})
"""Schemes of what is imported."""

SCHEMES: Final = MODULE_SCHEMES | {"data", "scripts", "headers"}
"""Schemes that the specification knows."""

_LAUNCH: Final = (
    b"#!/usr/bin/env -S sh -c "
    b"""'exec "$(cd "$(dirname "$0")/../.." && pwd)/python/bin/python3" "$0" "$@"'\n"""
)
"""First line of a script: it runs on the interpreter that is packed beside the packages, wherever they
are unpacked, also where the directory is a symbolic link. ``#!`` alone can only name an absolute path,
and a second line would displace a script's docstring, coding and ``from __future__`` lines. Shorter
than the 127 bytes that Linux reads of it. ``env -S`` needs coreutils 8.30."""

SCRIPT_MARK: Final = b"#!python"
"""What a script begins with whose first line the installer is to replace."""


def scheme(dist_info: str, name: str) -> str:
    """Return the scheme of the member ``name``: ``purelib`` for all that is not in the data directory."""
    directory = _data_directory(dist_info)
    return name[len(directory) :].partition("/")[0] if name.startswith(directory) else "purelib"


def place(dist_info: str, name: str) -> str:
    """Return the path in the layer of the member ``name``, whose scheme is one of `SCHEMES`."""
    directory = _data_directory(dist_info)
    if not name.startswith(directory):
        return name
    kind, _, path = name[len(directory) :].partition("/")
    if kind == "scripts":
        return f"bin/{path}"
    if kind == "headers":
        return f"include/{dist_info.partition('-')[0]}/{path}"
    return path


def is_module(dist_info: str, name: str) -> bool:
    """Whether the member ``name`` belongs to a package, and not to its metadata, data or scripts."""
    return not name.startswith(f"{dist_info}/") and scheme(dist_info, name) in MODULE_SCHEMES


def _data_directory(dist_info: str) -> str:
    return f"{dist_info.removesuffix('.dist-info')}.data/"


def relaunched(script: bytes) -> bytes:
    """Return the script of a wheel, begun such that the packed interpreter runs it."""
    return _LAUNCH + script.partition(b"\n")[2]


def launcher(reference: str) -> bytes:
    """Return the script of an entry point ``module:attribute``, as the entry points specification has it."""
    module, _, attribute = reference.partition(":")
    return (
        _LAUNCH
        + (
            f"import sys\nfrom {module} import {attribute.split('.')[0]}\n"
            f'if __name__ == "__main__":\n    sys.exit({attribute}())\n'
        ).encode()
    )
