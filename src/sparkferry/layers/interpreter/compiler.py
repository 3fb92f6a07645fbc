"""Sources compiled to bytecode by the very interpreter that is going to import them."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from sparkferry.layers.interpreter.prefix import Prefix
from sparkferry.process import TRANSFER, run

_COMPILE = Path(__file__).with_name("compile_sources.py")


class Source(msgspec.Struct, frozen=True, array_like=True):
    """A source file, as ``compile_sources.py`` reads it."""

    archive: str | None
    """Zip file that holds it; None for a file of its own."""
    path: str
    """Name in the archive, or the file."""
    name: str
    """Path in the layer: what tracebacks show until it is imported."""


def compile_sources(prefix: Prefix, sources: Sequence[Source], directory: Path) -> list[str]:
    """Write the bytecode of the sources into the empty ``directory``, and return its names there.

    What the interpreter cannot read as Python is passed over. ``prefix`` must be native.

    :raises ExternalError: the interpreter fails.
    """
    # What the compiling process has imported, and how, shows in the bytecode: so it never reads the
    # installation's own bytecode, which may be there or not. Not -I, which ignores the hash seed.
    unused = f"pycache_prefix={directory / 'none'}"
    options = ["-B", "-s", "-S", "-W", "ignore", "-X", unused]
    run(
        [str(prefix.binary), *options, "-c", _COMPILE.read_text()],
        action=f"compile sources with `{prefix.binary}`",
        cwd=directory,
        env=_environment(),
        stdin=json.dumps([msgspec.structs.astuple(source) for source in sources]).encode(),
        timeout=TRANSFER,
    )
    return sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*.pyc"))


def _environment() -> dict[str, str]:
    plain = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return {**plain, "PYTHONHASHSEED": "0"}
