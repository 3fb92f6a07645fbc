"""Warm clusters as `sparkferry cluster` asks for them."""

from collections.abc import Iterator

import msgspec

from sparkferry.env import Env
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.project.model import Project
from sparkferry.spark.class_data import make_class_data
from sparkferry.targets.local.cluster import ClusterSpec
from sparkferry.targets.local.warm import (
    cluster_down,
    cluster_up,
    differences,
    place_of,
    spec_of,
    summary,
    warm_clusters,
)


class WarmClusters(msgspec.Struct, frozen=True):
    """See :class:`~sparkferry.targets.api.Clusters`."""

    project: Project | None
    env: Env

    def up(self) -> str:
        """Start the target's cluster, unless it runs, and return its master's URL."""
        return cluster_up(self._spec(), self.env.progress).master

    def down(self, *, everything: bool) -> Iterator[tuple[str, str | None]]:
        """Stop the target's cluster, or every one; see :class:`~sparkferry.targets.api.Clusters`."""
        spec = None if everything else self._spec()
        for cluster in list(warm_clusters()):
            if spec is None or cluster.directory == place_of(spec):
                cluster_down(cluster.directory)
                yield cluster.master, None
            else:
                yield cluster.master, "; ".join(differences(cluster, spec))

    def summaries(self) -> list[dict[str, str | int]]:
        """Return what there is to say of each warm cluster of this user."""
        return [summary(cluster) for cluster in warm_clusters()]

    def warm(self) -> str:
        """Make the class-data archive of the target's Spark and Java now, and return its path."""
        spec = self._spec()
        made = make_class_data(spec.home, spec.java, self.env)
        return str(made.spark or "")

    def _spec(self) -> ClusterSpec:
        target = self.project.target if self.project else None
        if self.project is None or not isinstance(target, LocalTarget):
            raise TypeError("a cluster is one of a target of the kind `local`")
        return spec_of(self.project, target, self.env)
