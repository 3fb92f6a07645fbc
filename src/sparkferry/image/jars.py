"""Jars that the settings add to an image: files of the project, or of the web, by their digest."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.files import sha256_file
from sparkferry.image.debian.fetch import fetch_files
from sparkferry.image.entry import Entry
from sparkferry.image.kinds.kind import JARS
from sparkferry.image.layers.layer import LayerPlan
from sparkferry.image.layers.tar_part import tar_part
from sparkferry.layers.model import Artifact
from sparkferry.layers.wheels.fetch import FileKind
from sparkferry.progress import Progress

_FILES = FileKind(
    title="jar",
    gone="check its address in `jars` of [tool.sparkferry.image]",
    changed="its digest in `jars` of [tool.sparkferry.image] is that of another file",
    login="put user and password into netrc",
)

_FORMAT = 1
"""Raised whenever the same jars give another layer."""

_MARK = "#sha256="


class Jar(msgspec.Struct, frozen=True, kw_only=True):
    """A jar on this machine."""

    name: str
    """Its file name."""
    path: Path
    sha256: str


def find_jars(
    written: Sequence[str], root: Path, cache: Cache, progress: Progress
) -> tuple[Jar, ...]:
    """Return the jars that the settings of the project in ``root`` name, in their order.

    :raises ExternalError: one cannot be fetched, or is not what its digest says.
    """
    remote = {jar: _artifact(jar) for jar in written if _MARK in jar}
    paths = dict(zip(remote, fetch_files([*remote.values()], cache, progress, _FILES), strict=True))
    return tuple(
        Jar(name=remote[jar].name, path=paths[jar], sha256=jar.partition(_MARK)[2])
        if jar in remote
        else _local(root / jar)
        for jar in written
    )


def jar_plan(jars: tuple[Jar, ...]) -> LayerPlan:
    """Return the layer that puts the jars into :data:`JARS`."""
    names = " ".join(f"{jar.name}:{jar.sha256}" for jar in jars)
    return LayerPlan(
        role="jars",
        name=", ".join(jar.name for jar in jars),
        key=f"jars {_FORMAT} {names}",
        parts=lambda: (
            tar_part(Entry(path=f"{JARS}/{jar.name}", content=jar.path) for jar in jars),
        ),
    )


def _artifact(jar: str) -> Artifact:
    url, _, sha256 = jar.partition(_MARK)
    return Artifact(name=url.rpartition("/")[2], url=url, sha256=sha256)


def _local(path: Path) -> Jar:
    return Jar(name=path.name, path=path, sha256=sha256_file(path))
