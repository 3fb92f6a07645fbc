"""What a plan names by URI, as files and directories of this machine."""

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote

from sparkferry.carriers.api import PublishedLayer
from sparkferry.errors import ExternalError
from sparkferry.layers.model import Layer
from sparkferry.targets.plan import Plan

_SCHEME = "file://"


def layers_of(published: Iterable[PublishedLayer]) -> Iterable[Layer]:
    """Yield published layers as files of this machine.

    :raises ExternalError: a layer is in a store that is not a directory.
    """
    for layer in published:
        path = Path(unquote(_path(layer.uri, "read the layer")))
        yield Layer(kind=layer.kind, digest=layer.digest, size=layer.size, path=path)


def driver_layers(plan: Plan) -> Iterable[Layer]:
    """Yield the layers of a plan as files of its store, which is a directory of this machine.

    Executors may read the store at another address.

    :raises ExternalError: the store is not a directory of this machine.
    """
    for layer in plan.layers:
        path = Path(plan.store, layer.key)
        if not path.is_file():
            raise ExternalError(
                f"could not read the layer `{path}`: it is not there",
                hint="run the job again: the layer is made and published anew",
            )
        yield Layer(kind=layer.kind, digest=layer.digest, size=layer.size, path=path)


def output_of(plan: Plan) -> Path:
    """Return the directory that the run's output goes to.

    :raises ExternalError: it is in a store that is not a directory.
    """
    return Path(_path(plan.output, "mount the output location"))


def _path(uri: str, action: str) -> str:
    if not uri.startswith(_SCHEME):
        raise ExternalError(
            f"could not {action} `{uri}`: the embedded target reads files",
            hint="set `store` of the target to a directory",
        )
    return uri.removeprefix(_SCHEME)
