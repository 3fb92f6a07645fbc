"""Tiny distributions, written byte for byte the same every time."""

import base64
import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

EPOCH = (2020, 1, 1, 0, 0, 0)


def make_wheel(
    directory: Path,
    name: str,
    version: str = "1.0",
    *,
    tag: str = "py3-none-any",
    requires: tuple[str, ...] = (),
    files: dict[str, bytes] | None = None,
) -> Path:
    """Write a wheel of one module (or of ``files``) with a right RECORD, and return its path."""
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    depends = "".join(f"Requires-Dist: {item}\n" for item in requires)
    content = dict(files or {f"{module}/__init__.py": f"VERSION = {version!r}\n".encode()})
    content[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{depends}".encode()
    )
    pure = "true" if tag.endswith("-any") else "false"
    content[f"{info}/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: {pure}\nTag: {tag}\n".encode()
    )
    content[f"{info}/RECORD"] = _record(content, f"{info}/RECORD")
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{module}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in content.items():
            archive.writestr(zipfile.ZipInfo(member, EPOCH), data)
    return path


def make_sdist(directory: Path, name: str, version: str = "1.0") -> Path:
    """Write a source distribution whose build backend is inside of it and needs nothing."""
    module = name.replace("-", "_")
    base = f"{module}-{version}"
    backend = f"""
import sys, pathlib
sys.path.insert(0, "support_copy")
def build_wheel(directory, config_settings=None, metadata_directory=None):
    from wheels import make_wheel
    return make_wheel(pathlib.Path(directory), "{name}", "{version}").name
def get_requires_for_build_wheel(config_settings=None):
    return []
"""
    files = {
        "pyproject.toml": (
            f'[project]\nname = "{name}"\nversion = "{version}"\n[build-system]\n'
            'requires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        ),
        "backend.py": backend,
        "support_copy/wheels.py": Path(__file__).read_text(),
        "PKG-INFO": f"Metadata-Version: 2.2\nName: {name}\nVersion: {version}\n",
    }
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{base}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for member, text in files.items():
            info = tarfile.TarInfo(f"{base}/{member}")
            info.mtime = 1577836800
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return path


def unpack_sdist(path: Path, directory: Path) -> Path:
    """Unpack a source distribution to a project directory and return it."""
    with tarfile.open(path) as archive:
        archive.extractall(directory, filter="data")
    return directory / path.name.removesuffix(".tar.gz")


def _record(content: dict[str, bytes], record: str) -> bytes:
    lines = [f"{name},sha256={_digest(data)},{len(data)}" for name, data in content.items()]
    return "\n".join([*lines, f"{record},,", ""]).encode()


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
