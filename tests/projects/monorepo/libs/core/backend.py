"""A build backend that takes the version from Git's tags, and a file from above its directory."""

import base64
import hashlib
import subprocess
import zipfile
from pathlib import Path


def version() -> str:
    described = ["git", "describe", "--tags", "--match", "v*"]
    done = subprocess.run(described, capture_output=True, text=True, check=False)
    if done.returncode:
        return "0.0.0"
    return done.stdout.strip().removeprefix("v").replace("-", "+", 1).replace("-", ".")


def _metadata() -> tuple[str, dict[str, str]]:
    info = f"core-{version()}.dist-info"
    return info, {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: core\nVersion: {version()}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: backend\n"
        "Root-Is-Purelib: true\nTag: py3-none-any\n",
    }


def prepare_metadata_for_build_wheel(directory, settings=None):
    info, files = _metadata()
    (Path(directory) / info).mkdir(parents=True)
    for path, text in files.items():
        (Path(directory) / path).write_text(text)
    return info


def build_wheel(directory, settings=None, metadata=None):
    info, files = _metadata()
    motto = Path("../../MOTTO").read_text().strip()
    files["core/__init__.py"] = f"MOTTO = {motto!r}\n"
    rows = []
    name = f"core-{version()}-py3-none-any.whl"
    with zipfile.ZipFile(Path(directory) / name, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
            rows.append(f"{path},sha256={digest.rstrip(b'=').decode()},{len(text)}\n")
        archive.writestr(f"{info}/RECORD", "".join([*rows, f"{info}/RECORD,,\n"]))
    return name


build_editable = build_wheel
prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel
