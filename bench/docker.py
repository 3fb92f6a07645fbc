"""Docker as a peer: its engine, a registry, a base of the same Debian packages, and builds to time."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Bench
from support.engines import Engine, running_docker, unmount
from support.project_images import make_debian
from support.registry_server import Registry, running

BASE = "docker.io/library/python:3.11-slim-bookworm"
PYTHON = ("python3", "python3-venv", "python3-pip")
DOCKERFILES = Path(__file__).with_name("dockerfiles")
_ACCEPT = "application/vnd.docker.distribution.manifest.v2+json"


@dataclass(frozen=True)
class Docker:
    """An engine and a registry, both of this benchmark alone."""

    engine: Engine
    registry: Registry
    secret: Path

    def build(self, context: Path, name: str, *options: str) -> list[str]:
        """Return the command that builds ``context`` as ``name``."""
        return [
            *("env", *(f"{key}={value}" for key, value in self.engine.environ.items())),
            *self.engine.argv,
            *("build", "--quiet", "--network", "host", "--secret", f"id=pip,src={self.secret}"),
            *("--build-arg", f"BASE={BASE}", "--tag", self.reference(name), *options, str(context)),
        ]

    def push(self, name: str) -> list[str]:
        """Return the command that pushes ``name``."""
        return [*self.engine.argv, "push", "--quiet", self.reference(name)]

    def reference(self, name: str) -> str:
        return f"{self.registry.host}/bench/{name}:1"

    def size(self, name: str) -> int:
        """Return the bytes of all layers of ``name`` in the registry, compressed."""
        address = f"http://{self.registry.host}/v2/bench/{name}/manifests/1"
        request = urllib.request.Request(address, headers={"Accept": _ACCEPT})
        with urllib.request.urlopen(request) as answer:
            return sum(layer["size"] for layer in json.load(answer)["layers"])


@contextmanager
def docker(bench: Bench) -> Iterator[Docker]:
    """Start the engine with the base, and a registry."""
    root = bench.root / "docker"
    try:
        with running_docker(root) as engine, running() as registry:
            engine("import", make_debian("bookworm-python", PYTHON), BASE, timeout=300)
            yield Docker(engine, registry, pip_configuration(bench.root))
    finally:
        unmount(root)


def pip_configuration(directory: Path) -> Path:
    """Write a file that tells pip in a build what this machine's pip knows of indexes."""
    known = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    )
    names = ("index-url", "extra-index-url", "trusted-host")
    found = (line.partition("=") for line in known.stdout.splitlines())
    kept = {key.rpartition(".")[2]: value.strip("'") for key, _, value in found}
    path = directory / "pip.conf"
    path.write_text("[global]\n" + "".join(f"{x} = {kept[x]}\n" for x in names if x in kept))
    return path
