"""The kind `local`: Spark on this machine, in one process or as an embedded cluster."""

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from sparkferry.env import Env
from sparkferry.errors import Diagnostic
from sparkferry.facts import Facts
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.project.model import Project
from sparkferry.targets.capabilities import Capabilities
from sparkferry.targets.local.facts import local_facts

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sparkferry.carriers.api import Carrier
    from sparkferry.targets.local.client import LocalClient
    from sparkferry.targets.local.clusters import WarmClusters
    from sparkferry.targets.local.request import LocalRequest
    from sparkferry.targets.plan import Plan


class LocalKind:
    """See :class:`~sparkferry.targets.api.Kind`."""

    name = "local"
    extra = None
    capabilities = Capabilities(attached=True, stages=True, clusters=True)

    def check(self, project: Project, settings: LocalTarget, env: Env) -> Iterator[Diagnostic]:
        """Yield what is wrong with Java, SPARK_HOME, directories and container engine."""
        from sparkferry.targets.local.check import check_local

        return check_local(project, settings, env)

    def facts(self, project: Project, settings: LocalTarget, env: Env) -> Facts:
        """Return what this machine brings, or the image that containers are of."""
        return local_facts(project, settings, env)

    def carrier(self, project: Project, settings: LocalTarget, env: Env) -> "Carrier":
        """Return the carrier of archives, or of images where the target names a container engine."""
        from sparkferry.store.open import open_store

        store = open_store(settings.store, project.root, env)
        if settings.container is None:
            from sparkferry.carriers.archives import ArchiveCarrier, read_from

            return ArchiveCarrier(store, read_from(settings.store, env))
        from sparkferry.carriers.container_engine import Engine
        from sparkferry.carriers.engine import EngineCarrier

        return EngineCarrier(Engine(settings.container), store)

    def request(self, plan: "Plan") -> "LocalRequest":
        """Return the spark-submit line, or the engine's command with it."""
        from sparkferry.targets.local.request import local_request

        return local_request(plan)

    def open(self, settings: LocalTarget, env: Env) -> "AbstractContextManager[LocalClient]":
        """Open what starts runs here; those that are attached to it end with it."""
        from sparkferry.targets.local.client import LocalClient

        return closing(LocalClient(settings, env))

    def clusters(self, project: Project | None, env: Env) -> "WarmClusters":
        """Return the warm clusters of this user."""
        from sparkferry.targets.local.clusters import WarmClusters

        return WarmClusters(project, env)
