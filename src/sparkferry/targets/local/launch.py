"""Starting one run: its directory, its cluster, its driver."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sparkferry.errors import WorldError
from sparkferry.layers.cache import Cache
from sparkferry.layers.driver import driver_environment
from sparkferry.layers.model import Layer
from sparkferry.progress import Progress
from sparkferry.spark.class_data import ClassData
from sparkferry.spark.environ import driver_environ, temporary_files
from sparkferry.spark.jvm import Jvm, joined, launcher_environ
from sparkferry.spark.submit import PROGRAM
from sparkferry.targets.local.cluster import Cluster, cluster_spec, start_cluster
from sparkferry.targets.local.files import RunDirectory, Submission
from sparkferry.targets.local.installation import Installation
from sparkferry.targets.local.records import write_record
from sparkferry.targets.local.request import Places, submit_request
from sparkferry.targets.local.session import Program, Session
from sparkferry.targets.local.warm import find_warm
from sparkferry.targets.plan import Plan, PublishedLayer

Record = Callable[[str, str], None]

LOCAL_MASTER = "local[*]"


class Launch:
    """Starts one run in a session; ``record`` hears of every id the moment it exists."""

    def __init__(
        self, plan: Plan, installation: Installation, run: RunDirectory, session: Session
    ) -> None:
        self.plan = plan
        self.installation = installation
        self.run = run
        self.session = session

    def start(self, record: Record, cache: Cache, progress: Progress) -> None:
        """Start the run.

        :raises WorldError: a layer is gone or damaged, or the cluster or the driver does not start.
        """
        record("supervisor", str(self.session.pid))
        for directory in (self.run.report, self.run.work, self.run.temporary):
            directory.mkdir()
        driver_environment(layers_of(self.plan.layers), self.run.environment, cache)
        cluster = self._cluster(progress) if self.plan.target.workers else None
        self._write_submission(cluster)
        if cluster:
            record("master", cluster.master)
        record("process", str(self.session.start(self._driver(cluster))))

    def _cluster(self, progress: Progress) -> Cluster:
        spec = cluster_spec(self.plan.target, self.installation)
        return find_warm(spec) or start_cluster(spec, self.session, self.run.cluster, progress)

    def _write_submission(self, cluster: Cluster | None) -> None:
        submission = Submission(
            cluster=str(cluster.directory) if cluster else None,
            warm=cluster is not None and cluster.directory != self.run.cluster,
            slots=self.plan.target.workers * self.plan.target.cores,
            home=self.installation.home,
            java=self.installation.java,
            lacks_class_data=self.plan.target.class_data_archive
            and not self.installation.class_data,
        )
        write_record(self.run.path / "submission.json", submission)

    def _driver(self, cluster: Cluster | None) -> Program:
        request = submit_request(self.plan, self._places(cluster))
        return Program(
            argv=request.argv(str(self.installation.home.path / PROGRAM)),
            env=self._environ(),
            cwd=self.run.work,
            output=self.run.log,
            main=True,
        )

    def _places(self, cluster: Cluster | None) -> Places:
        return Places(
            environment=self.run.environment,
            report=self.run.report,
            master=cluster.master if cluster else LOCAL_MASTER,
            properties_file=cluster.properties if cluster else None,
            executor_options=joined(self._jvm(None).options()),
        )

    def _environ(self) -> dict[str, str]:
        home, java = self.installation.home, self.installation.java
        class_data = self.installation.class_data or ClassData()
        return {
            **driver_environ(home, java, os.environ),
            **temporary_files(self.run.temporary),
            **launcher_environ(class_data.launcher),
            "SPARK_SUBMIT_OPTS": joined(self._jvm(self.run.temporary).options()),
        }

    def _jvm(self, temporary: Path | None) -> Jvm:
        class_data = self.installation.class_data
        return Jvm(
            java=self.installation.java,
            temporary=temporary,
            class_data=class_data.spark if class_data else None,
            patient=self.plan.target.quick_compile,
        )


def layers_of(published: Iterable[PublishedLayer]) -> Iterable[Layer]:
    """Yield published layers as files of this machine.

    :raises WorldError: a layer is in a store that is no directory.
    """
    for layer in published:
        parts = urlsplit(layer.uri)
        if parts.scheme != "file":
            raise WorldError(
                f"could not read the layer `{layer.uri}`: the embedded target reads files",
                hint="set `store` of the target to a directory",
            )
        yield Layer(
            kind=layer.kind, digest=layer.digest, size=layer.size, path=Path(unquote(parts.path))
        )
