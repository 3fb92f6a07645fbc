"""Libraries that take their version from Git's tags, as with setuptools-scm, hatch-vcs or versioneer."""

import os
import subprocess
from pathlib import Path

from sparkferry.process import tool
from support.wheels import make_wheel

_BACKEND = """
import pathlib, subprocess

def _git(*arguments):
    done = subprocess.run(["git", *arguments], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""

def _version():
    {version}
    said = _git("describe", "--tags", "--dirty", "--match", "{prefix}*")
    return said.removeprefix("{prefix}").replace("-", "+", 1).replace("-", ".") or "0.0.0"

def build_wheel(directory, config_settings=None, metadata_directory=None):
    from support_wheels import make_wheel
    files = {{"{name}/__init__.py": b""}}
    for path in {reads!r}:
        place = pathlib.Path(path)
        files["{name}/" + place.name] = place.read_bytes() if place.is_file() else b"none"
    files["{name}/origin"] = _git("config", "remote.origin.url").encode()
    files["{name}/status"] = _git("status", "--porcelain").encode()
    pathlib.Path("left_by_the_build").write_text("x")
    return make_wheel(pathlib.Path(directory), "{name}", _version(), files=files).name

def prepare_metadata_for_build_wheel(directory, config_settings=None):
    info = pathlib.Path(directory, f"{name}-{{_version()}}.dist-info")
    info.mkdir()
    text = f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {{_version()}}\\n"
    info.joinpath("METADATA").write_text(text)
    return info.name

def get_requires_for_build_wheel(config_settings=None):
    return []

build_editable = build_wheel
get_requires_for_build_editable = get_requires_for_build_wheel
prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel
"""


def write_tagged(
    root: Path,
    name: str,
    *,
    prefix: str = "v",
    reads: tuple[str, ...] = (),
    version: str = "",
    dynamic: bool = True,
) -> Path:
    """Write a library at ``root`` whose wheel holds the files ``reads``, by paths relative to it.

    Its version is the nearest tag that begins with ``prefix``; ``0.0.0`` where there is none. The
    Python statement ``version`` decides before that. The wheel also holds what Git says of `origin`
    and of changes.
    """
    root.mkdir(parents=True, exist_ok=True)
    stated = 'dynamic = ["version"]' if dynamic else 'version = "1.0"'
    (root / "pyproject.toml").write_text(
        f'[project]\nname = "{name}"\n{stated}\n[build-system]\nrequires = []\n'
        'build-backend = "backend"\nbackend-path = ["."]\n'
    )
    backend = _BACKEND.format(name=name, prefix=prefix, reads=reads, version=version or "pass")
    (root / "backend.py").write_text(backend)
    (root / "support_wheels.py").write_text(Path(make_wheel.__code__.co_filename).read_text())
    return root


def build_in_place(directory: Path, out: Path) -> str:
    """Build with uv where the directory is, and return the wheel's version."""
    arguments = ["build", "--wheel", "--quiet", "--no-create-gitignore", "--out-dir", str(out)]
    subprocess.run([tool("uv"), *arguments, str(directory)], check=True, env=os.environ)
    (directory / "left_by_the_build").unlink(missing_ok=True)
    (wheel,) = out.glob("*.whl")
    version = wheel.name.split("-")[1]
    wheel.unlink()
    return version
