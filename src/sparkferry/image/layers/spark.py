"""Layers with Spark, cherry-picked: what runs drivers, executors, masters and workers, and no more.

In the image's ``/opt/spark`` are ``bin``, ``sbin``, ``jars``, ``python`` and ``licenses``, and the files
``RELEASE`` and ``.spark-version``. The Python modules are files in ``python/pyspark``; what Spark puts on
every Python's path, ``python/lib/pyspark.zip``, is a link to the directory of these, since importing from
files takes half as long as from a zip (run). Only with YARN it is a zip, for YARN sends it to its nodes.
``python/lib/py4j.zip`` leads to py4j's archive, so that PYTHONPATH can name it whatever its version.
"""

import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from sparkferry.base.cache import Cache
from sparkferry.image.entry import Entry
from sparkferry.image.layers.layer import LayerPlan, layer
from sparkferry.image.layers.spark_jars import keeps
from sparkferry.image.layers.tar_part import tar_part
from sparkferry.image.model import PY4J, SPARK, ImageLayer
from sparkferry.project.image_settings import JarGroup
from sparkferry.spark.distribution import SparkHome
from sparkferry.spark.versions import spark_line

_FORMAT = 2
"""Raised whenever the same Spark gives another layer."""

_ZIP = "python/lib/pyspark.zip"

USELESS = ("docker-image-tool.sh*", "sparkR*", "*.cmd")
"""Patterns of names in ``bin``, ``sbin`` and ``licenses``: what no container needs, and all for Windows."""


def spark_layers(
    home: SparkHome, groups: Collection[JarGroup], cache: Cache
) -> tuple[ImageLayer, ImageLayer]:
    """Return the layers with the jars, and with everything else of Spark.

    ``groups`` are the optional parts to keep: Kubernetes needs ``kubernetes``, ``pyspark.ml`` needs
    ``mllib``, a metastore and the Thrift server need ``hive``, a Connect server ``connect``.

    :raises UserError: the line of Spark is not known.
    :raises ExternalError: the cache cannot be written.
    """
    # A SPARK_HOME of ours has links to the directories of the pip distribution.
    tree = (home.path / "jars").resolve().parent
    jars = {path: file for path, file in _files(tree, "jars") if keeps(path[5:], groups)}
    others = dict(x for name in ("bin", "sbin", "licenses") for x in _files(tree, name))
    others = {path: file for path, file in others.items() if _serves(file.name)}
    zipped = {path: file for path, file in _files(tree, "python/lib") if path.endswith(".zip")}
    whole = "yarn" in groups
    what = f"scripts and Python{' with its archive' if whole else ''}"

    def rest() -> Iterator[Entry]:
        yield from release(home.version)
        yield from _copied(others)
        yield from _python(zipped, whole=whole)

    return (
        layer(_plan(home, "jars", jars, lambda: _copied(jars)), cache),
        layer(_plan(home, what, {**others, **zipped}, rest), cache),
    )


def _plan(
    home: SparkHome, what: str, files: Mapping[str, Path], entries: Callable[[], Iterable[Entry]]
) -> LayerPlan:
    stats = ((path, file.stat()) for path, file in sorted(files.items()))
    stamp = " ".join(f"{path} {stat.st_size} {stat.st_mtime_ns}" for path, stat in stats)
    return LayerPlan(
        role="spark",
        name=f"Spark {home.version}, {what}",
        key=f"spark {_FORMAT} {home.version} {what} {stamp}",
        parts=lambda: (tar_part(entries()),),
    )


def _files(tree: Path, folder: str) -> Iterator[tuple[str, Path]]:
    """Yield the files below a folder, by their path in the tree, sorted."""
    for file in sorted((tree / folder).rglob("*")):
        if file.is_file():
            yield file.relative_to(tree).as_posix(), file


def _serves(name: str) -> bool:
    return not any(fnmatchcase(name, pattern) for pattern in USELESS)


def _copied(files: Mapping[str, Path]) -> Iterator[Entry]:
    for path, file in files.items():
        mode = 0o755 if path.startswith(("bin/", "sbin/")) else 0o644
        yield Entry(path=f"{SPARK}/{path}", mode=mode, content=file)


def release(version: str) -> Iterator[Entry]:
    """Yield the files that say which Spark it is.

    :raises UserError: the line of Spark is not known.
    """
    said = f"Spark {version} built for Hadoop {spark_line(version).hadoop}\n"
    yield Entry(path=f"{SPARK}/RELEASE", content=said.encode())
    yield Entry(path=f"{SPARK}/.spark-version", content=f"{version}\n".encode())


def _python(zipped: Mapping[str, Path], *, whole: bool) -> Iterator[Entry]:
    """Yield py4j's archive as it is and PySpark's as files; ``whole`` keeps its archive, too."""
    for path, file in zipped.items():
        if file.name.startswith("py4j-"):
            yield Entry(path=f"{SPARK}/{PY4J}", kind="symlink", target=file.name)
        if path != _ZIP or whole:
            yield Entry(path=f"{SPARK}/{path}", content=file)
            continue
        yield Entry(path=f"{SPARK}/{path}", kind="symlink", target="..")
    with zipfile.ZipFile(zipped[_ZIP]) as archive:
        for info in sorted(archive.infolist(), key=lambda info: info.filename):
            if not info.is_dir() and "/tests/" not in info.filename:
                yield Entry(path=f"{SPARK}/python/{info.filename}", content=archive.read(info))
