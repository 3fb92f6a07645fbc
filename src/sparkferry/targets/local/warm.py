"""Clusters that stay warm between runs: one for each Spark, Java and size."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from sparkferry.base.locking import holding
from sparkferry.env import Env
from sparkferry.errors import UserError
from sparkferry.files import sha256_bytes
from sparkferry.progress import Progress
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.project.model import Project
from sparkferry.spark.installation import find_installation
from sparkferry.targets.local.cluster import Cluster, ClusterSpec, cluster_spec, start_cluster
from sparkferry.targets.local.facts import spark_version
from sparkferry.targets.local.installation import wanted_by
from sparkferry.targets.local.paths import check_cluster
from sparkferry.targets.supervise.directory import clusters_dir
from sparkferry.targets.supervise.records import encode, read_record, write_record
from sparkferry.targets.supervise.rest import registered_workers
from sparkferry.targets.supervise.session import (
    Session,
    ask_to_end,
    exit_of,
    is_alive,
    kill_remains,
)
from sparkferry.targets.supervise.waiting import wait_for

_RECORD = "cluster.json"
_END_LIMIT = 30.0
"""Seconds that the processes of a cluster may take to end."""


def spec_of(project: Project, target: LocalTarget, env: Env) -> ClusterSpec:
    """Return the cluster that the project's target keeps warm.

    :raises UserError: it keeps none, there is no Java for its Spark, or a directory has a name that Spark
        would read as something else.
    :raises ExternalError: Spark cannot be installed.
    """
    name = project.settings.target
    if target.container:
        raise UserError(
            f"could not keep a cluster of `{name}`: containers live as long as their run",
            hint="name a target without `container` by --target",
        )
    check_cluster(target, env.cache)
    version = spark_version(project, target, env)
    return cluster_spec(target, find_installation(wanted_by(target, version), env))


def cluster_up(spec: ClusterSpec, progress: Progress) -> Cluster:
    """Return the warm cluster for ``spec``, started now unless it runs.

    :raises ExternalError: it does not come up.
    """
    directory = place_of(spec)
    with holding(clusters_dir() / f"{directory.name}.lock"):
        running = find_warm(spec)
        if running:
            return running
        cluster_down(directory)
        directory.mkdir(parents=True)
        session = Session(directory)
        try:
            cluster = start_cluster(spec, session, directory, progress)
            write_record(directory / _RECORD, cluster)
            session.detach()
        finally:
            session.close()
    return cluster


def find_warm(spec: ClusterSpec) -> Cluster | None:
    """Return the warm cluster for ``spec`` if all of it is alive."""
    cluster = read_cluster(place_of(spec))
    healthy = cluster and registered_workers(cluster.ui) == spec.workers
    return cluster if healthy else None


def warm_clusters() -> Iterator[Cluster]:
    """Yield every warm cluster whose supervisor is alive."""
    for record in sorted(clusters_dir().glob(f"*/{_RECORD}")):
        cluster = read_cluster(record.parent)
        if cluster:
            yield cluster


def summary(cluster: Cluster) -> dict[str, str | int]:
    """Return what a person wants to know of a cluster."""
    return {
        "master": cluster.master,
        "ui": cluster.ui,
        "spark": cluster.spec.home.version,
        "workers": cluster.spec.workers,
        "cores": cluster.spec.cores,
        "memory": cluster.spec.memory,
    }


def differences(cluster: Cluster, wanted: ClusterSpec) -> tuple[str, ...]:
    """Return in what the cluster is not the ``wanted`` one, as ``memory 1g, not 2g``; pure."""
    spec = cluster.spec
    pairs = (
        ("Spark", spec.home.version, wanted.home.version),
        ("SPARK_HOME", spec.home.path, wanted.home.path),
        ("Java", spec.java.build, wanted.java.build),
        ("JAVA_HOME", spec.java.home, wanted.java.home),
        ("workers", spec.workers, wanted.workers),
        ("cores", spec.cores, wanted.cores),
        ("memory", spec.memory, wanted.memory),
    )
    return tuple(f"{name} {has}, not {want}" for name, has, want in pairs if has != want)


def cluster_down(directory: Path) -> None:
    """End the cluster in ``directory`` and remove what it left; nothing happens where there is none.

    :raises ExternalError: a process does not end.
    """
    ask_to_end(directory)
    wait_for(lambda: exit_of(directory) or not is_alive(directory) or None, _END_LIMIT)
    kill_remains(directory)
    shutil.rmtree(directory, ignore_errors=True)


def read_cluster(directory: Path) -> Cluster | None:
    """Return the cluster in ``directory``, or None if it is not up."""
    cluster = read_record(directory / _RECORD, Cluster)
    return cluster if is_alive(directory) else None


def place_of(spec: ClusterSpec) -> Path:
    """Return the directory of the cluster for ``spec``; how fast its machines start is no matter."""
    inputs = (
        str(spec.home.path),
        spec.java.build,
        str(spec.java.home),
        spec.workers,
        spec.cores,
        spec.memory,
    )
    return clusters_dir() / sha256_bytes(encode(inputs))[:16]
