"""What a plan names by URI, as files and directories of this machine."""

from collections.abc import Iterable
from pathlib import Path

from sparkferry.carriers.api import PublishedLayer
from sparkferry.env import Env
from sparkferry.errors import ExternalError
from sparkferry.layers.cached import add_layer, find_layer
from sparkferry.layers.model import Layer
from sparkferry.store.errors import NotFoundError
from sparkferry.store.open import is_directory, open_store
from sparkferry.targets.plan import Plan
from sparkferry.targets.supervise.directory import RunDirectory

_SCHEME = "file://"


def layers_here(plan: Plan, env: Env) -> Iterable[Layer]:
    """Yield the layers of a plan as files: of its store, or of the cache where the store is elsewhere.

    Executors may read the store at another address.

    :raises ExternalError: a layer is in the store no more, or the store is out of reach.
    """
    for layer in plan.layers:
        if is_directory(plan.store):
            path = Path(plan.store, layer.key)
            if not path.is_file():
                raise _gone(str(path))
            yield Layer(kind=layer.kind, digest=layer.digest, size=layer.size, path=path)
        else:
            found = find_layer(env.cache, layer.kind, layer.digest)
            yield found or _fetched(layer, plan, env)


def output_directory(plan: Plan, run: RunDirectory) -> Path:
    """Return the directory that a run on this machine writes its output to.

    It is the output location itself where that is a directory; else one whose files are sent there when the
    run has ended, since Spark needs a connector for each kind of object store.
    """
    if plan.output.startswith(_SCHEME):
        return Path(plan.output.removeprefix(_SCHEME))
    return run.output


def _fetched(layer: PublishedLayer, plan: Plan, env: Env) -> Layer:
    store = open_store(plan.store, Path("/"), env)

    def write(path: Path) -> None:
        try:
            store.fetch(layer.key, path, env.progress)
        except NotFoundError as error:
            raise _gone(f"{plan.store}/{layer.key}") from error

    found = add_layer(env.cache, layer.kind, write)
    if found.digest != layer.digest:
        raise ExternalError(
            f"could not verify the layer `{layer.key}`: its SHA-256 is {found.digest}",
            hint="somebody changed it in the store: run the job again",
        )
    return found


def _gone(place: str) -> ExternalError:
    return ExternalError(
        f"could not read the layer `{place}`: it is not there",
        hint="run the job again: the layer is made and published anew",
    )
