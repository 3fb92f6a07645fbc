"""Images of the scaffolded project, built once for all tests that run containers of them."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sparkferry.base.cache import Cache
from sparkferry.process import tool
from support.cli import MAIN, Cli
from support.engines import Engine


@dataclass(frozen=True)
class ProjectImages:
    """Where images of one project are built."""

    cli: Cli
    directory: Path

    def layout(self, kind: str, *options: str) -> Path:
        """Return the OCI layout of the project's image; the second call is quick."""
        path = self.directory / f"{kind}.oci"
        self.cli(f"image build --tier prod --kind {kind}", "--oci", str(path), *options)
        return path

    def archive(self, kind: str) -> Path:
        """Return the project's image as a file for `docker load`."""
        path = self.directory / f"{kind}.tar"
        self.cli(f"image build --tier prod --kind {kind} --tag test", "--docker-archive", str(path))
        return path

    def context(self, kind: str) -> Path:
        """Return the directory with the Dockerfile of the project's image."""
        path = self.directory / f"{kind}.docker"
        self.cli(f"image dockerfile --tier prod --kind {kind}", "--to", str(path))
        return path

    def verify(self, image: Path) -> dict[str, Any]:
        """Return what `image verify` says of the only image in ``image``, which must be good."""
        argv = [*MAIN, "image", "verify", str(image), "--json"]
        done = subprocess.run(
            argv,
            env=self.cli.environ(),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        (verdict,) = json.loads(done.stdout)
        return verdict


@pytest.fixture(scope="session")
def plain_debian() -> Path:
    """A tar of Debian alone, with this machine's mirror and certificates; made once."""
    if shutil.which("mmdebstrap") is None:
        pytest.skip("docker: mmdebstrap is not installed, which makes the base")
    return make_debian("bookworm", ())


def make_debian(name: str, packages: tuple[str, ...]) -> Path:
    """Return a tar of Debian with these packages, made where it is not there yet; it outlives the session."""
    path = Path(tempfile.gettempdir()) / "sparkferry-test-debian" / f"{name}.tar"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        made = path.with_name(f"{os.getpid()}.tar")
        certificates = "/etc/ssl/certs/ca-certificates.crt"
        trust = f'--customize-hook=cp {certificates} "$1"{certificates}'
        include = ",".join((*packages, "ca-certificates", "passwd"))
        options = ("--variant=apt", f"--include={include}", trust)
        argv = ["mmdebstrap", *options, "bookworm", str(made)]
        subprocess.run(argv, check=True, capture_output=True, timeout=400)
        made.rename(path)
    return path


@pytest.fixture(scope="session")
def project_images(
    engine_root: Path, spark_cache: Cache, tmp_path_factory: pytest.TempPathFactory
) -> ProjectImages:
    """The project that `init` writes, locked; its images are of the oldest line that runs here."""
    directory = engine_root / "project_images"
    root = directory / "voyage"
    directory.mkdir()
    cli = Cli(root, spark_cache.root, tmp_path_factory.mktemp("images-state"))
    main = (*cli.argv("init")[:-2], str(root))
    subprocess.run(main, env=cli.environ(), check=True, capture_output=True)
    subprocess.run([tool("uv"), "lock", "--quiet"], cwd=root, check=True)
    # What containers do not need here; with all of it an image has 600 MB.
    groups = "targets.local.image.spark-groups=[]"
    python = "targets.local.python=3.11"
    return ProjectImages(cli.with_(groups, python), directory)


@pytest.fixture(scope="session")
def spark_in_docker(docker: Engine, project_images: ProjectImages) -> Iterator[str]:
    archive = project_images.archive("spark")
    said = docker("load", "--quiet", "--input", archive, timeout=300)
    archive.unlink()
    name = said.rpartition("Loaded image: ")[2]
    yield name
    docker("rmi", "--force", name)
