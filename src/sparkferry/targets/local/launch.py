"""Starting one run: its directory, its cluster, its driver."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.env import Env
from sparkferry.layers.driver import driver_environment
from sparkferry.layers.model import Layer
from sparkferry.progress import Progress
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.spark.installation import Installation
from sparkferry.targets.api import Record
from sparkferry.targets.local.cluster import Cluster, cluster_spec, start_cluster
from sparkferry.targets.local.containers import container_session, prepare
from sparkferry.targets.local.request import LOCAL_MASTER, LocalRequest, driver_of, submit_request
from sparkferry.targets.local.warm import find_warm
from sparkferry.targets.local.watch import monitor
from sparkferry.targets.supervise.directory import RunDirectory, Submission
from sparkferry.targets.supervise.leftovers import shipped_names
from sparkferry.targets.supervise.located import layers_here, output_directory
from sparkferry.targets.supervise.records import write_record
from sparkferry.targets.supervise.runs import make_directories, write_properties
from sparkferry.targets.supervise.session import ProcessSpawner, Program, Session


class Launch:
    """Starts one run in a session; ``record`` hears of every id the moment it exists."""

    def __init__(
        self, request: LocalRequest, installation: Installation, run: RunDirectory, session: Session
    ) -> None:
        self.request = request
        self.plan = request.plan
        self.target = request.plan.target_as(LocalTarget)
        self.installation = installation
        self.run = run
        self.session = session

    def start(self, record: Record, secrets: Mapping[str, str], env: Env) -> None:
        """Start the run.

        :raises ExternalError: a layer is gone or damaged, or the cluster or the driver does not start.
        """
        make_directories(self.run)
        layers = tuple(layers_here(self.plan, env))
        starter = self._starter(layers, env.cache)
        cluster = self._cluster(starter, env.progress) if self.target.workers else None
        self._write_submission(cluster, layers)
        record("supervisor", str(self.session.pid()))
        if cluster:
            record("master", cluster.master)
        properties = self._properties(cluster, secrets)
        record("process", str(starter.start(self._driver(cluster, properties, env.environ))))
        if cluster:
            self.session.start(monitor(self.run, env.environ))

    def _properties(self, cluster: Cluster | None, secrets: Mapping[str, str]) -> Path | None:
        """Return the file of properties that must not be seen, or None where there are none."""
        if not secrets:
            return cluster.properties if cluster else None
        return write_properties(
            self.run, secrets, cluster.properties.read_text() if cluster else ""
        )

    def _starter(self, layers: Iterable[Layer], cache: Cache) -> ProcessSpawner:
        image = self.plan.image
        if image is None:
            driver_environment(layers, self.run.environment, cache)
            return self.session
        prepare(self.plan, layers, self.run)
        return container_session(self.plan, image, self.run, self.session, self.installation)

    def _cluster(self, starter: ProcessSpawner, progress: Progress) -> Cluster:
        spec = cluster_spec(self.target, self.installation)
        warm = None if self.plan.image else find_warm(spec)
        return warm or start_cluster(spec, starter, self.run.cluster, progress)

    def _write_submission(self, cluster: Cluster | None, layers: tuple[Layer, ...]) -> None:
        submission = Submission(
            cluster=str(cluster.directory) if cluster else None,
            warm=cluster is not None and cluster.directory != self.run.cluster,
            slots=self.target.workers * self.target.cores,
            home=self.installation.home,
            java=self.installation.java,
            class_data=self.installation.class_data,
            lacks_class_data=self.target.class_data_archive
            and not self.installation.class_data
            and self.plan.image is None,
            layers=() if self.plan.image else layers,
            shipped=shipped_names(self.plan.spark_conf),
            output=str(output_directory(self.plan, self.run)) if self.plan.image else None,
        )
        write_record(self.run.path / "submission.json", submission)

    def _driver(
        self, cluster: Cluster | None, properties: Path | None, environ: Mapping[str, str]
    ) -> Program:
        driver = driver_of(self.plan, self.installation, self.run, environ)
        places = msgspec.structs.replace(
            driver.bound(self.request.places),
            master=cluster.master if cluster else LOCAL_MASTER,
            properties_file=properties,
        )
        return driver.program(submit_request(self.plan, places))
