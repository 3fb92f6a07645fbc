"""What Docker builds of our Dockerfile, held against the image that we build of the same project."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sparkferry.image.examine.model import InspectedImage
from sparkferry.image.examine.places import load_path
from sparkferry.image.rootfs.model import RootFs
from sparkferry.image.rootfs.union import read_rootfs
from sparkferry.image.verify.accounts import read_accounts
from sparkferry.image.verify.report import verify_image
from support.engines import Engine
from support.project_images import ProjectImages

HEAD = 64 * 1024
"""Bytes of each file that are compared, beside its size."""

COMPARED = ("opt/", "home/")
"""The rest is Debian's: what apt finds on the day, upon a base that has more in it."""


@dataclass(frozen=True)
class Seen:
    """An image, and its file system."""

    inspected: InspectedImage
    rootfs: RootFs


@dataclass(frozen=True)
class Pair:
    """The same image, built twice."""

    kind: str
    name: str
    """Of Docker's."""
    docker: Seen
    ours: Seen


def look(path: Path) -> Seen:
    (inspected,) = load_path(path)
    layers = (layer.open for layer in inspected.layers)
    return Seen(inspected, read_rootfs(layers, lambda _, size: min(size, HEAD)))


@pytest.fixture(scope="module")
def base(docker: Engine, project_images: ProjectImages, plain_debian: Path) -> str:
    """What the Dockerfiles begin with."""
    name = "docker.io/library/debian:bookworm-slim"
    docker("import", plain_debian, name, timeout=120)
    return name


@pytest.fixture(scope="module", params=["dataproc", "spark"])
def pair(
    request: pytest.FixtureRequest, docker: Engine, project_images: ProjectImages, base: str
) -> Iterator[Pair]:
    kind = request.param
    context, name, saved = (
        project_images.context(kind),
        f"voyage:{kind}",
        project_images.directory / f"{kind}.saved",
    )
    assert f"ARG BASE={base}\n" in (context / "Dockerfile").read_text()
    docker("build", "--network", "host", "--tag", name, context, timeout=400)
    docker("save", name, "--output", saved)
    yield Pair(kind, name, look(saved), look(project_images.layout(kind)))
    saved.unlink()
    docker("rmi", "--force", name)


def test_it_keeps_the_promises_of_its_kind(pair: Pair):
    verdict = verify_image(pair.docker.inspected, None)
    assert (verdict.kind, verdict.findings) == (pair.kind, ())


def test_it_runs_the_same_as_the_same_user(pair: Pair):
    docker, ours = (seen.inspected.config.config for seen in (pair.docker, pair.ours))
    for what in ("environ", "labels", "user", "argv", "entrypoint", "working_dir"):
        assert getattr(docker, what) == getattr(ours, what), what
    found, wanted = (read_accounts(seen.rootfs) for seen in (pair.docker, pair.ours))
    assert found.user("spark") == wanted.user("spark")
    assert found.group("spark") == wanted.group("spark")


def test_it_has_the_same_files(pair: Pair):
    docker, ours = described(pair.docker.rootfs), described(pair.ours.rootfs)
    assert len(ours) > 1000
    different = [path for path in docker.keys() | ours if docker.get(path) != ours.get(path)]
    told = {x: (docker.get(x, ())[:6], ours.get(x, ())[:6]) for x in sorted(different)}
    assert told == {}


def described(rootfs: RootFs) -> dict[str, tuple[object, ...]]:
    """Return what is compared of each file and directory, by path."""
    return {
        path: (
            node.kind,
            node.uid,
            node.gid,
            None if node.kind == "symlink" else oct(node.mode),
            node.target,
            node.size,
            rootfs.contents.get(path),
        )
        for path, node in rootfs.nodes.items()
        if path.startswith(COMPARED)
    }


WHERE = "import os, numpy, voyage; print(numpy.__file__, voyage.__file__, os.getuid())"


def test_a_container_finds_packages_code_and_spark(docker: Engine, pair: Pair):
    uid = {"dataproc": "1099", "spark": "185"}[pair.kind]
    assert docker.run(pair.name, "python3", "-c", WHERE).split() == [
        "/opt/sparkferry/packages/numpy/__init__.py",
        "/opt/sparkferry/code/voyage/__init__.py",
        uid,
    ]
    assert re.match(r"\d", docker.run(pair.name, "f2py", "-v"))
    if pair.kind == "spark":
        script = "python3 -c 'import pyspark; print(pyspark.__file__)'; spark-submit --version 2>&1"
        said = docker.run("--env", "SPARK_LOCAL_IP=127.0.0.1", pair.name, "bash", "-c", script)
        assert said.startswith("/opt/spark/python/pyspark/__init__.py\n")
        assert re.search(r"version 4\.0\.\d", said)
