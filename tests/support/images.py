"""Small images, written as a layout or as Docker saves them, by nothing of ours."""

import gzip
import hashlib
import json
import tarfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from support.tars import member, tar

OCI = "application/vnd.oci.image"


def config_of(layers: Sequence[bytes], execution: dict[str, Any], **more: Any) -> bytes:
    """Return the config of an image of these plain tars."""
    diff_ids = [f"sha256:{hashlib.sha256(data).hexdigest()}" for data in layers]
    rootfs = {"type": "layers", "diff_ids": diff_ids}
    value = {"architecture": "amd64", "os": "linux", "config": execution, "rootfs": rootfs, **more}
    return json.dumps(value).encode()


def write_layout(
    directory: Path, layers: Sequence[bytes], execution: dict[str, Any] | None = None, **more: Any
) -> Path:
    """Write an OCI layout of plain tars, compressed; return its directory."""
    blobs = directory / "blobs/sha256"
    blobs.mkdir(parents=True)

    def put(media_type: str, data: bytes) -> dict[str, Any]:
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}

    manifest = {
        "schemaVersion": 2,
        "config": put(f"{OCI}.config.v1+json", config_of(layers, execution or {}, **more)),
        "layers": [put(f"{OCI}.layer.v1.tar+gzip", gzip.compress(x, mtime=0)) for x in layers],
    }
    root = put(f"{OCI}.manifest.v1+json", json.dumps(manifest).encode())
    (directory / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [root]}))
    (directory / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return directory


def write_saved(path: Path, layers: Sequence[bytes], execution: dict[str, Any]) -> Path:
    """Write what ``docker save`` wrote before Docker 25; return its path."""
    names = [f"{number}/layer.tar" for number in range(len(layers))]
    saved = [{"Config": "c.json", "RepoTags": ["demo:1"], "Layers": names}]
    files = [
        member("c.json", config_of(layers, execution)),
        *map(member, names, layers),
        member("manifest.json", json.dumps(saved).encode()),
    ]
    path.write_bytes(tar(*files))
    return path


def pack_layout(directory: Path, path: Path) -> Path:
    """Put a layout into one tar; return its path."""
    with tarfile.open(path, "w") as archive:
        for file in sorted(x for x in directory.rglob("*") if x.is_file()):
            info = tarfile.TarInfo(str(file.relative_to(directory)))
            info.size = file.stat().st_size
            archive.addfile(info, BytesIO(file.read_bytes()))
    return path
