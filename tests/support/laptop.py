"""A user's laptop: an index on 127.0.0.1, a locked project in the current directory, a Java."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.index_server import Index, serving
from support.projects import Laptop
from support.wheels import make_wheel

TABLES = """
[tool.sparkferry]
spark = "4.0"

[tool.sparkferry.jobs.count]
entry = "demo.jobs:count"
args = { n = 3 }

[tool.sparkferry.jobs.tool]
script = "tool.py"
"""

CODE = """\
def count(spark, *, n: int = 1, source: str):
    return n
"""


@pytest.fixture(scope="session")
def uv_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("uv-cache")


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which the interpreter is packed once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def index(tmp_path: Path, uv_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """An index that uv and sparkferry find by themselves, and nothing else that they could find."""
    for name in [name for name in os.environ if name.startswith(("UV_", "PIP_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NETRC", str(tmp_path / "no-netrc"))
    monkeypatch.setenv("UV_CACHE_DIR", str(uv_cache))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no-config"))
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    directory = tmp_path / "served"
    directory.mkdir()
    with serving(directory) as found:
        monkeypatch.setenv("UV_DEFAULT_INDEX", found.simple)
        yield found


@pytest.fixture
def laptop(tmp_path: Path, index: Index) -> Laptop:
    root = tmp_path / "demo"
    root.mkdir()
    return Laptop(root, index)


@pytest.fixture
def demo(laptop: Laptop, shared_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Laptop:
    """A project in which nothing is wrong: locked, committed, and the current directory."""
    home = laptop.root.parent
    monkeypatch.setenv("SPARKFERRY_CACHE_DIR", str(shared_cache))
    monkeypatch.setenv("SPARKFERRY_STATE_DIR", str(home / "state"))
    monkeypatch.setenv("JAVA_HOME", str(make_java(home / "java", "17.0.9")))
    make_wheel(laptop.index.directory, "alpha")
    laptop.project("alpha", extra=TABLES)
    laptop.write("src/demo/__init__.py", "")
    laptop.write("src/demo/jobs.py", CODE)
    laptop.write("tool.py", "print('tool')\n")
    laptop.uv("lock")
    for command in ("init --quiet", "add .", "commit --quiet -m begin"):
        identity = ("-c", "user.name=demo", "-c", "user.email=demo@example.invalid")
        subprocess.run(["git", *identity, *command.split()], cwd=laptop.root, check=True)
    monkeypatch.chdir(laptop.root)
    return laptop


def make_java(home: Path, version: str) -> Path:
    """Make what looks like a Java of that version, and return its home."""
    program = home / "bin/java"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    (home / "release").write_text(f'JAVA_VERSION="{version}"\n')
    return home


def edit(path: Path, old: str, new: str) -> None:
    """Replace ``old``, which is there once."""
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
