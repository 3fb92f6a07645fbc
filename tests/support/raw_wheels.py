"""Wheels of every legal shape, and the parts to build illegal ones of."""

import base64
import hashlib
import io
import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path

EPOCH = (2020, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Raw:
    """One file of a wheel."""

    data: bytes
    method: int = zipfile.ZIP_DEFLATED
    mode: int = stat.S_IFREG | 0o644
    zip64: bool = False
    """Whether the local header has a Zip64 extra field, needed or not."""


class _Pipe(io.BytesIO):
    """A file that cannot be sought, so that zipfile writes data descriptors."""

    def seekable(self) -> bool:
        return False

    def seek(self, *args: int) -> int:
        raise io.UnsupportedOperation

    def tell(self) -> int:
        raise io.UnsupportedOperation


def complete(
    files: dict[str, Raw], name: str = "demo", version: str = "1.0", tag: str = "py3-none-any"
) -> dict[str, Raw]:
    """Add METADATA, WHEEL and RECORD; what is there already stays."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    wheel = f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n"
    defaults = {
        f"{info}/METADATA": Raw(metadata.encode()),
        f"{info}/WHEEL": Raw(wheel.encode()),
    }
    every = {**files, **{path: raw for path, raw in defaults.items() if path not in files}}
    record = f"{info}/RECORD"
    return every if record in every else {**every, record: Raw(record_of(every, record))}


def record_of(files: dict[str, Raw], record: str) -> bytes:
    rows = [f'"{path}",sha256={sha256(raw.data)},{len(raw.data)}' for path, raw in files.items()]
    return "\r\n".join([*rows, f'"{record}",,', ""]).encode()


def sha256(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def archive(files: dict[str, Raw], *, streamed: bool = False) -> bytes:
    """Return the zip archive of the files as they are; ``streamed`` with data descriptors."""
    out = _Pipe() if streamed else io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for path, raw in files.items():
            info = zipfile.ZipInfo(path, EPOCH)
            info.compress_type = raw.method
            info.external_attr = raw.mode << 16
            if raw.zip64:
                with target.open(info, "w", force_zip64=True) as stream:
                    stream.write(raw.data)
            else:
                target.writestr(info, raw.data)
    return out.getvalue()


def wheel_file(
    directory: Path, files: dict[str, Raw], name: str = "demo", *, streamed: bool = False
) -> Path:
    """Write a complete, valid wheel and return its path."""
    path = directory / f"{name}-1.0-py3-none-any.whl"
    path.write_bytes(archive(complete(files, name), streamed=streamed))
    return path
