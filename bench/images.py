"""Images: sparkferry against `docker build` and `docker push` of Dockerfiles of the same packages."""

import json
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from bench import packing
from bench.docker import DOCKERFILES, Docker, docker
from bench.forget import forget_images, forget_joined
from bench.measure import Bench, Timing
from bench.report import Row

VERSIONS = ("1.6.1", "1.7.0", "1.7.1")
"""Of scikit-learn: the image is made with the first, and the wheel is changed to the others."""

OPTIONS = ("-o", "image.code=true", "--kind", "dataproc")


def make_project(bench: Bench) -> Path:
    """Write the project of numpy, pandas, pyarrow and scikit-learn, and lock it for both."""
    project = bench.root / "image"
    (project / "src/packed").mkdir(parents=True)
    (project / "pyproject.toml").write_text(packing.PYPROJECT)
    (project / "src/packed/__init__.py").write_text("")
    (project / "src/packed/imports.py").write_text(packing.JOB)
    bench.run("git", "init", "-q", ".", cwd=project)
    change_wheel(bench, project, VERSIONS[0])
    return project


def change_wheel(bench: Bench, project: Path, version: str) -> None:
    """Lock another version of one package."""
    file = project / "pyproject.toml"
    file.write_text(re.sub(r'"scikit-learn[^"]*"', f'"scikit-learn=={version}"', file.read_text()))
    bench.run("uv", "lock", "-q", cwd=project)


def context(bench: Bench, project: Path) -> Path:
    """Write anew what Dockerfiles copy: the locked packages with their hashes, and the code."""
    directory = bench.root / "context"
    shutil.rmtree(directory, ignore_errors=True)
    shutil.copytree(project / "src", directory / "src")
    pins = bench.run("uv", "export", "-q", "--no-emit-project", cwd=project)
    (directory / "requirements.txt").write_text(pins)
    shutil.copy(DOCKERFILES / "pip.Dockerfile", directory / "Dockerfile")
    return directory


def measure(bench: Bench) -> list[Row]:
    """Compare images."""
    project = make_project(bench)
    with docker(bench) as peer:
        race = Race(bench, project, peer)
        return [
            *built(bench, project, peer),
            *pushed_code(race),
            pushed_wheel(race),
            *sizes(bench, project, peer),
            same_digest(bench, project),
        ]


def built(bench: Bench, project: Path, peer: Docker) -> list[Row]:
    """Time builds with all layers in the cache, with their pieces, and with wheels and packages alone."""
    ours = ["sparkferry", "image", "build", *OPTIONS]
    bench.run(*ours, cwd=project)
    directory = context(bench, project)
    theirs = peer.build(directory, "packed")
    bench.run(*theirs)
    warm, cached = bench.time(ours, cwd=project, times=5), bench.time(theirs, times=5)
    anew = bench.time([*theirs, "--no-cache"], times=3)
    joined = bench.time(
        ours, cwd=project, times=5, before=lambda: forget_joined(bench, ours, project)
    )
    whole = bench.time(ours, cwd=project, times=5, before=lambda: forget_images(bench))
    again = bench.time(theirs, times=3, before=lambda: ask_again(directory))
    name, warmed = "docker build --no-cache, pip's cache warm", "docker build, caches warm"
    return [
        _faster("`image build`, wheels and packages cached, no layers", whole, name, anew, 5),
        _faster("`image build`, everything cached but the image", joined, warmed, again, 5),
        _faster(
            "`image build`, layers cached", warm, "docker build, layers cached, too", cached, 5
        ),
        _faster("the same", warm, name, anew, None),
    ]


def ask_again(directory: Path) -> None:
    """Have Docker install the packages again: the file that names them says the same in other words."""
    file = directory / "requirements.txt"
    file.write_text(file.read_text() + "#\n")


class Race:
    """Rebuild and push after one change after another, ours and theirs in turns."""

    def __init__(self, bench: Bench, project: Path, peer: Docker) -> None:
        self.bench, self.project, self.peer = bench, project, peer
        self.target = f"{peer.registry.host}/bench/ours:1"
        self.sent = 0
        """Most bytes that one of our pushes sent."""

    def run(self, change: Callable[[], None], times: int) -> tuple[Timing, Timing]:
        """Return the times of both; the first push, of everything, does not count."""
        self.ours()
        self.theirs()
        self.sent = 0
        ours, theirs = [], []
        for _ in range(times):
            change()
            ours.append(self.ours())
            theirs.append(self.theirs())
        return Timing(tuple(ours)), Timing(tuple(theirs))

    def ours(self) -> float:
        """Build and push; return the seconds."""
        start = time.perf_counter()
        argv = ("sparkferry", "image", "push", self.target, *OPTIONS, "--json")
        told = self.bench.run(*argv, cwd=self.project)
        seconds = time.perf_counter() - start
        self.sent = max(self.sent, json.loads(told)["sent"])
        return seconds

    def theirs(self) -> float:
        """Build the Dockerfile, its context written before the clock starts, and push; return the seconds."""
        directory = context(self.bench, self.project)
        start = time.perf_counter()
        self.bench.run(*self.peer.build(directory, "packed"))
        self.bench.run(*self.peer.push("packed"))
        return time.perf_counter() - start


def pushed_code(race: Race) -> list[Row]:
    """Time rebuild and push after a one-line change of the code."""
    module = race.project / "src/packed/imports.py"

    def change() -> None:
        module.write_text(module.read_text() + "# changed\n")

    ours, theirs = race.run(change, times=5)
    return [
        _faster("one-line change: rebuild and push", ours, "docker build + push", theirs, 10),
        Row("bytes sent for it", f"{race.sent:,}", "–", "–", "≤ 65,536", race.sent <= 64 * 1024),
    ]


def pushed_wheel(race: Race) -> Row:
    """Time rebuild and push after a change of one wheel, which ours has fetched before, and pip fetches."""
    versions = iter(VERSIONS[1:])

    def change() -> None:
        change_wheel(race.bench, race.project, next(versions))
        race.bench.run("sparkferry", "pack", cwd=race.project)

    ours, theirs = race.run(change, times=len(VERSIONS) - 1)
    what = f"one changed wheel: rebuild and push ({race.sent / 1e6:.1f} MB sent)"
    return _faster(what, ours, "docker build + push", theirs, 5)


def sizes(bench: Bench, project: Path, peer: Docker) -> list[Row]:
    """Compare bytes of images as registries keep them."""
    directory = context(bench, project)
    told = bench.run("sparkferry", "image", "build", *OPTIONS, "--json", cwd=project)
    ours = json.loads(told)["images"][0]["size"]
    rows = []
    for name, what, reach in (
        ("pip", "multi-stage Dockerfile with pip", None),
        ("poetry", "multi-stage Dockerfile with Poetry", 0.75),
        ("naive", "single-stage Dockerfile", 0.5),
    ):
        file = str(DOCKERFILES / f"{name}.Dockerfile")
        bench.run(*peer.build(directory, name, "--file", file))
        bench.run(*peer.push(name))
        rows.append(_smaller(ours, what, peer.size(name), reach))
    return rows


def same_digest(bench: Bench, project: Path) -> Row:
    """Build twice, as if on two machines: another cache, another file mask, another time zone."""
    copy = bench.root / "elsewhere" / "image"
    shutil.copytree(project, copy)
    first = digest(bench, project, "0022", "UTC", bench.root / "cache-1")
    second = digest(bench, copy, "0077", "Asia/Tokyo", bench.root / "cache-2")
    same = "the same digest" if first == second else f"{first} and {second}"
    return Row("build twice, nothing cached", same, "–", "–", "the same digest", first == second)


def digest(bench: Bench, project: Path, mask: str, zone: str, cache: Path) -> str:
    """Return the digest of the image that is built there."""
    script = f"umask {mask}; exec sparkferry image build {' '.join(OPTIONS)} --json"
    told = bench.run(
        "sh", "-c", script, cwd=project, TZ=zone, SPARKFERRY_CACHE_DIR=str(cache)
    )  # fmt: skip
    found: str = json.loads(told)["digest"]
    return found


def _faster(what: str, ours: Timing, name: str, theirs: Timing, reach: int | None) -> Row:
    ratio = theirs.best / ours.best
    return Row(
        what,
        f"{ours.best:.2f} s",
        f"{name}: {theirs.best:.2f} s",
        f"{ratio:.1f}×",
        f"≥ {reach}×" if reach else "told only",
        ratio >= reach if reach else None,
    )


def _smaller(ours: int, what: str, theirs: int, reach: float | None) -> Row:
    return Row(
        "size of the image, compressed, kind `dataproc`",
        f"{ours / 1e6:.0f} MB",
        f"{what}: {theirs / 1e6:.0f} MB",
        f"{ours / theirs:.2f}",
        f"≤ {reach}" if reach else "told only",
        ours / theirs <= reach if reach else None,
    )
