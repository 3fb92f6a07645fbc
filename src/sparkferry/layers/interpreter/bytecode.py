"""Bytecode of the standard library, so that no executor compiles it again.

Measured with CPython 3.12: the first start of a Spark worker takes 0.9 s in place of 1.4 s, for
5.5 MB more in a layer that is made once a year.
"""

from collections.abc import Sequence
from pathlib import Path

from sparkferry.layers.compiler import Source, compile_sources
from sparkferry.layers.interpreter.prefix import Prefix
from sparkferry.layers.interpreter.tarball import Member


def compiled(prefix: Prefix, members: Sequence[Member], directory: Path) -> list[Member]:
    """Return the bytecode of the sources among ``members``, made in the empty ``directory``.

    None for an installation of another platform, whose interpreter cannot be run here.

    :raises ExternalError: the interpreter fails.
    """
    if not prefix.native:
        return []
    sources = [
        Source(None, str(member.content), member.name)
        for member in members
        if isinstance(member.content, Path) and member.name.endswith(".py")
    ]
    return [Member(name, directory / name) for name in compile_sources(prefix, sources, directory)]
