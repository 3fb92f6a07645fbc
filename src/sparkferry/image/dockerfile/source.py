"""What a Dockerfile installs Spark from, by hash: the lock's, else those that the index names."""

from typing import Any

from sparkferry.base.cache import Cache
from sparkferry.errors import ExternalError
from sparkferry.image.dockerfile.model import Requirement, SparkSource
from sparkferry.layers.digests import algorithm_of
from sparkferry.layers.locks.lock import find_lock
from sparkferry.layers.locks.locked import locked_hashes, locked_version
from sparkferry.layers.locks.resolve import Question, resolve
from sparkferry.layers.model import Environment
from sparkferry.project.model import Project

_SPARK, _TOOL = "pyspark", "setuptools"

_OF_PIP = frozenset({"sha256", "sha384", "sha512"})
"""Algorithms that pip accepts after ``--hash`` (its STRONG_HASHES)."""


def spark_source(
    version: str, project: Project, environment: Environment, cache: Cache
) -> SparkSource:
    """Return the pip ``pyspark`` of a version, and what builds it.

    :raises UserError: the lock cannot be read.
    :raises ExternalError: the index cannot be asked, or names no hashes.
    """
    known = _known(version, project)
    wanted = [_TOOL] if known else [f"{_SPARK}=={version}", _TOOL]
    question = Question(
        text="\n".join(wanted),
        options=("--no-deps",),
        cwd=str(project.root),
        environment=environment,
    )
    found = {x["name"]: _requirement(x) for x in resolve(question, cache)["packages"]}
    return SparkSource(spark=known or found[_SPARK], tools=(found[_TOOL],))


def _known(version: str, project: Project) -> Requirement | None:
    lock = find_lock(project)
    if lock is None or locked_version(lock, _SPARK) != version:
        return None
    found = locked_hashes(lock, _SPARK)
    hashes = tuple(sorted(x for x in found if algorithm_of(x) in _OF_PIP))
    return Requirement(name=_SPARK, version=version, hashes=hashes) if hashes else None


def _requirement(package: dict[str, Any]) -> Requirement:
    """Return a package of a PEP 751 document, with all of its files."""
    files = [*package.get("wheels", ()), *filter(None, [package.get("sdist")])]
    named = (file.get("hashes", {}).get("sha256") for file in files)
    hashes = {f"sha256:{digest}" for digest in named if digest}
    if not hashes:
        raise ExternalError(
            f"could not pin `{package['name']}`: the index names no sha256 hash of its files",
            hint="use an index that does, or lock `pyspark` with hashes",
        )
    return Requirement(
        name=package["name"], version=package["version"], hashes=tuple(sorted(hashes))
    )
