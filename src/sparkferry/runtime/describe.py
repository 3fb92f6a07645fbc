"""What a Python process of a run is made of: interpreter, packages and layers; used by the probe."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import socket
import sys
from pathlib import Path
from typing import Any

from sparkferry.runtime.paths import CODE

LAYERS = {"interpreter": "python", "packages": "packages", "code": "code"}
"""Directory of each layer, side by side."""
_CHUNK = 1 << 20


def describe(code: Path = CODE) -> dict[str, Any]:
    """Return the facts of this process, as JSON data; the layers lie beside ``code``."""
    return {
        "host": socket.gethostname(),
        "executable": sys.executable,
        "prefix": sys.prefix,
        "python": platform.python_version(),
        "platform": f"{platform.system()}/{platform.machine()}".lower(),
        "libc": " ".join(platform.libc_ver()),
        "hash_seed": os.environ.get("PYTHONHASHSEED"),
        "cwd": str(Path.cwd()),
        "path": list(sys.path),
        "packages": versions(code.parent / "packages"),
        "trees": {
            kind: tree_digest(code.parent / name)
            for kind, name in LAYERS.items()
            if (code.parent / name).is_dir()
        },
    }


def versions(packages: Path) -> dict[str, str]:
    """Return the version of each distribution below ``packages``, by name after PEP 503."""
    names = sorted(path.name for path in packages.glob("*.dist-info"))
    parts = (name[: -len(".dist-info")].rpartition("-") for name in names)
    return {normalised(name): version for name, _, version in parts}


def normalised(name: str) -> str:
    """Return the distribution's name after PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def tree_digest(root: Path) -> str:
    """Return a SHA-256 over paths and contents of the files below ``root``, in hexadecimal.

    Spark unpacks an archive and does not tell its digest, so trees are compared. Bytecode caches
    are left out, since imports write them; so are modes, which Spark 3.5 loses in zips.
    """
    digest = hashlib.sha256()
    for path in sorted(_files(root)):
        content = _content_digest(root / path)
        digest.update(f"{content} {path}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _files(root: Path) -> list[str]:
    found = []
    for directory, names, files in os.walk(root):
        names[:] = [name for name in names if name != "__pycache__"]
        found += [os.path.relpath(f"{directory}/{file}", root) for file in files]
    return found


def _content_digest(path: Path) -> str:
    if not path.exists():
        return f"-> {path.readlink()}"
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
