"""The kind `standalone`: an existing Spark standalone cluster."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, ClassVar

from msgspec import Meta

from sparkferry.project.image_settings import ImageSettings
from sparkferry.project.kinds.target import TargetSettings
from sparkferry.project.shape import Problem
from sparkferry.project.tables import Cores, Memory

MasterUrl = Annotated[
    str,
    Meta(
        pattern=r"^spark://[^/\s:,]+:[0-9]+(,[^/\s:,]+:[0-9]+)*$",
        examples=["spark://master:7077", "spark://one:7077,two:7077"],
    ),
]
Executors = Annotated[int, Meta(ge=1, le=10000)]
Port = Annotated[int, Meta(ge=1, le=65535)]
Glibc = Annotated[str, Meta(pattern=r"^2\.[0-9]+$", examples=["2.31"])]


class StandaloneTarget(TargetSettings, frozen=True, kw_only=True, tag="standalone"):
    """An existing Spark standalone cluster. The driver runs on this machine, and executors connect to it."""

    reserved: ClassVar[dict[str, str]] = {
        "spark.authenticate": "name the variable of the cluster's secret by `secret`",
        "spark.authenticate.secret": "name the variable of the cluster's secret by `secret`",
        "spark.driver.host": "set `driver-host` of the target",
        "spark.driver.port": "set `driver-port` of the target",
        "spark.blockManager.port": "set `block-manager-port` of the target",
        "spark.cores.max": "set `executors` and `cores` of the target",
    }

    master: MasterUrl
    """URL of the master; of several, for high availability, one after the other."""
    master_ui: tuple[str, ...] = ()
    """URLs of the masters' pages; port 8080 of each master if not given."""
    executors: Executors | None = None
    """Executors at most; as many as there is room for if not given."""
    cores: Cores = 1
    """Cores of each executor."""
    memory: Memory = "1g"
    """Memory of each executor, as `512m` or `2g`."""
    driver_memory: Memory = "1g"
    """Heap of the driver, as `512m` or `2g`."""
    driver_host: str | None = None
    """Name or address under which executors reach this machine; the address that reaches the master if not
    given. Needed behind NAT."""
    driver_port: Port | None = None
    """Port of the driver; any free one if not given."""
    block_manager_port: Port | None = None
    """Port from which executors fetch the driver's data; any free one if not given."""
    secret: str | None = None
    """Name of the environment variable that holds the cluster's secret (`spark.authenticate.secret`)."""
    store_url: str | None = None
    """URL under which executors read the store, as `http://files:8000/store`; without it they fetch the
    layers from the driver."""
    shared_store: bool = False
    """Whether all machines of the cluster have the store's directory under the same path, or reach the store
    at its own address: executors read layers from it, and what they write to the output location is where the
    driver looks for it."""
    glibc: Glibc | None = None
    """Version of glibc of the executors' machines, as `2.31`; that of this machine if not given."""

    def problems(self, image: ImageSettings, root: Path) -> Iterator[Problem]:
        """Yield what is wrong with addresses."""
        del image, root
        for number, url in enumerate(self.master_ui):
            if not url.startswith(("http://", "https://")):
                hint = "write it as `http://master:8080`"
                yield Problem(("master-ui",), f"`{url}` (item {number}) is not a URL", hint)
        if self.store_url is not None and self.shared_store:
            hint = "remove one of the two"
            said = "executors read the store either at `store-url` or in a shared directory"
            yield Problem(("store-url",), said, hint)
        if self.store_url is not None and "://" not in self.store_url:
            hint = "write it as `http://files:8000/store`"
            yield Problem(("store-url",), f"`{self.store_url}` is not a URL", hint)

    @property
    def pages(self) -> tuple[str, ...]:
        """URLs of the masters' pages."""
        hosts = (address.rpartition(":")[0] for address in self.master[8:].split(","))
        return self.master_ui or tuple(f"http://{host}:8080" for host in hosts)
