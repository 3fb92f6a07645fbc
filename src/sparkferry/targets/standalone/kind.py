"""The kind `standalone`: an existing Spark standalone cluster."""

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from sparkferry.env import Env
from sparkferry.errors import Diagnostic, UserError
from sparkferry.facts import Facts
from sparkferry.project.kinds.standalone import StandaloneTarget
from sparkferry.project.model import Project
from sparkferry.targets.capabilities import Capabilities

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sparkferry.carriers.api import Carrier
    from sparkferry.targets.api import Clusters
    from sparkferry.targets.plan import Plan
    from sparkferry.targets.standalone.client import StandaloneClient
    from sparkferry.targets.standalone.request import StandaloneRequest


class StandaloneKind:
    """See :class:`~sparkferry.targets.api.Kind`."""

    name = "standalone"
    extra = None
    capabilities = Capabilities(attached=True, stages=True)

    def check(self, project: Project, settings: StandaloneTarget, env: Env) -> Iterator[Diagnostic]:
        """Yield what is wrong with Java, the secret, and the cluster's version and size."""
        from sparkferry.targets.standalone.check import check_standalone

        return check_standalone(project, settings, env)

    def facts(self, project: Project, settings: StandaloneTarget, env: Env) -> Facts:
        """Return what the cluster brings."""
        from sparkferry.targets.standalone.facts import standalone_facts

        return standalone_facts(project, settings, env)

    def carrier(self, project: Project, settings: StandaloneTarget, env: Env) -> "Carrier":
        """Return the carrier of archives."""
        from sparkferry.carriers.archives import ArchiveCarrier, read_from
        from sparkferry.store.open import is_directory, open_store
        from sparkferry.targets.standalone.request import shared_address

        store = open_store(settings.store, project.root, env)
        if settings.shared_store:
            in_directory = is_directory(settings.store)
            return ArchiveCarrier(store, shared_address(store.url) if in_directory else None)
        return ArchiveCarrier(store, settings.store_url or read_from(settings.store, env))

    def request(self, plan: "Plan") -> "StandaloneRequest":
        """Return the spark-submit line."""
        from sparkferry.targets.standalone.request import standalone_request

        return standalone_request(plan)

    def open(
        self, settings: StandaloneTarget, env: Env
    ) -> "AbstractContextManager[StandaloneClient]":
        """Open what starts drivers here; those that are attached to it end with it."""
        from sparkferry.targets.standalone.client import StandaloneClient

        return closing(StandaloneClient(settings, env))

    def clusters(self, project: Project | None, env: Env) -> "Clusters":
        """Refuse: the cluster is not sparkferry's.

        :raises UserError: always.
        """
        del project, env
        raise UserError(
            "could not keep a standalone cluster: it is not sparkferry's to start or stop"
        )
