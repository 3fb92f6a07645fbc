"""Installations of Python made up of tiny files."""

import hashlib
import json
import tarfile
from pathlib import Path

from sparkferry.layers.interpreter.prefix import Prefix
from support.elves import ARM64, make_elf

MACHINES = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}


def described(directory: str, version: str, **others) -> Prefix:
    """Return an installation that is nowhere, as a value."""
    library = f"lib/python{version.rpartition('.')[0]}"
    return Prefix(
        directory=directory,
        version=version,
        platform=others.pop("platform", "linux/amd64"),
        stdlib=library,
        dynload=f"{library}/lib-dynload",
        include=f"include/{Path(library).name}",
        site=f"{library}/site-packages",
        **others,
    )


def make_standalone(directory: Path, minor: str = "3.12") -> Path:
    """Write a standalone build for linux/arm64, whose interpreter nobody can start."""
    library = directory / f"lib/python{minor}"
    (library / "lib-dynload").mkdir(parents=True)
    (library / "os.py").write_text("sep = '/'\n")
    (library / "_sysconfigdata__linux_aarch64-linux-gnu.py").write_text(
        "# system configuration generated and used by the sysconfig module\n"
        "build_time_vars = {'LIBDIR': '/install/lib',\n 'prefix': '/install'}\n"
    )
    (directory / "bin").mkdir()
    binary = directory / f"bin/python{minor}"
    binary.write_bytes(make_elf(machine=ARM64, needed=["libc.so.6"], versions=["GLIBC_2.17"]))
    binary.chmod(0o755)
    return directory


def offer_downloads(directory: Path, version: str = "3.12.9") -> str:
    """Write a standalone build as uv downloads it, and return the URL of uv's list of downloads."""
    directory.mkdir()
    archive = directory / "python.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(make_standalone(directory / "build"), "python")
    major, minor, patch = map(int, version.split("."))
    entry = {
        "name": "cpython",
        "arch": {"family": "aarch64", "variant": None},
        "os": "linux",
        "libc": "gnu",
        "major": major,
        "minor": minor,
        "patch": patch,
        "prerelease": "",
        "url": archive.as_uri(),
        "sha256": hashlib.sha256(archive.read_bytes()).hexdigest(),
        "variant": None,
        "build": "20260101",
    }
    listing = directory / "downloads.json"
    listing.write_text(json.dumps({f"cpython-{version}-linux-aarch64-gnu": entry}))
    return listing.as_uri()
