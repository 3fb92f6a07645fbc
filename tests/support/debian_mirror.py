"""What images are made of, made up: a signed mirror of tiny Debian packages, and a tiny Spark."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sparkferry.image.kinds.kind import COMMON_PACKAGES
from sparkferry.image.sets import base_seeds
from support.debian import Archive, make_deb, serving, signing
from support.projects import Laptop

SUITES = ("bookworm", "bookworm-updates", "bookworm-security")
RELEASE = 'ID=debian\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian"\n'
FILES = {
    "base-files": {
        "usr/lib/os-release": RELEASE,
        "etc/os-release": ("link", "../usr/lib/os-release"),
    },
    "base-passwd": {
        "usr/share/base-passwd/passwd.master": "root:*:0:0:root:/root:/bin/bash\n"
        "www-data:*:33:33:www-data:/var/www:/usr/sbin/nologin\n",
        "usr/share/base-passwd/group.master": "root:*:0:\nwww-data:*:33:\n",
    },
    "tini": {"usr/bin/tini": ("mode", 0o755, "#!/bin/sh\n")},
}
NAMES = sorted(
    {*base_seeds(), *COMMON_PACKAGES, "libjemalloc2", "openjdk-17-jre-headless", "libgomp1"}
)


class DebianMirror:
    """A mirror of Debian's bookworm on 127.0.0.1."""

    def __init__(self, archive: Archive, keyring: Path, directory: Path) -> None:
        self.archive, self.keyring, self.directory = archive, keyring, directory
        self.debs = [make_deb(directory, name, self._files(name)) for name in NAMES]
        self.publish(self.debs)

    def publish(self, debs: list[Path]) -> None:
        for suite in SUITES:
            self.archive.publish(suite, debs if suite == "bookworm" else [])

    def newer(self, name: str) -> None:
        """Publish another version of a package."""
        debs = [path for path in self.debs if not path.name.startswith(f"{name}_")]
        made = make_deb(self.directory, name, self._files(name), version="2.0")
        self.publish([*debs, made])

    @staticmethod
    def _files(name: str) -> dict[str, object]:
        return {f"usr/share/doc/{name}/copyright": "free\n", **FILES.get(name, {})}

    @property
    def settings(self) -> str:
        url = self.archive.url
        return f"""
[tool.sparkferry.image]
kind = "dataproc"
mirror = "{url}"
security-mirror = "{url}"
keyring = "{self.keyring}"
"""


@contextmanager
def running(directory: Path) -> Iterator[DebianMirror]:
    """Serve a mirror below ``directory``."""
    (directory / "mirror").mkdir(parents=True)
    with signing() as signer, serving(Archive(directory / "mirror", signer)) as archive:
        yield DebianMirror(archive, signer.keyring, directory)


@pytest.fixture(scope="session")
def debian_mirror(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DebianMirror]:
    """The mirror, for everybody who does not change it."""
    with running(tmp_path_factory.mktemp("debian_mirror")) as made:
        yield made


@pytest.fixture
def own_debian_mirror(tmp_path: Path) -> Iterator[DebianMirror]:
    """A mirror of the test's own."""
    with running(tmp_path / "debian_mirror") as made:
        yield made


@pytest.fixture
def image_project(demo: Laptop, debian_mirror: DebianMirror) -> Laptop:
    """The project in which nothing is wrong, with settings of images."""
    path = demo.root / "pyproject.toml"
    path.write_text(f"{path.read_text()}\n{debian_mirror.settings}[tool.sparkferry.tiers.prod]\n")
    return demo


def make_spark(cache: Path, version: str) -> None:
    """Put what looks like the pip Spark of a version into a cache."""
    tree = cache / "spark" / version
    spark, home = tree / "pyspark", tree / "home"
    for name in ("bin/spark-class", "sbin/start-history-server.sh", "jars/spark-core_2.13.jar"):
        (spark / name).parent.mkdir(parents=True, exist_ok=True)
        (spark / name).write_text(name)
    (spark / "jars/spark-yarn_2.13.jar").write_text("yarn")
    (home / "python/lib").mkdir(parents=True)
    (spark / "python/lib").mkdir(parents=True)
    for name in ("py4j-0.10.9-src.zip", "pyspark.zip"):
        with zipfile.ZipFile(spark / "python/lib" / name, "w") as archive:
            archive.writestr("pyspark/__init__.py", "")
        (home / "python/lib" / name).symlink_to(spark / "python/lib" / name)
    for name in ("bin", "sbin", "jars"):
        (home / name).symlink_to(Path("..", "pyspark", name))
