"""The stage `publish`: layers go to a store, each once."""

from sparkferry.layers.model import Layer, Layers
from sparkferry.progress import Progress
from sparkferry.store.api import Store
from sparkferry.targets.plan import PublishedLayer, layer_key


def publish(layers: Layers, store: Store, progress: Progress) -> tuple[PublishedLayer, ...]:
    """Put every layer that is not there yet into ``store``, and return where they are."""
    for layer in layers.layers:
        store.put_file(layer_key(layer.kind, layer.digest), layer.path, progress)
    return located(layers, store)


def located(layers: Layers, store: Store) -> tuple[PublishedLayer, ...]:
    """Return where the layers are, or will be, in ``store``; nothing is put there."""
    return tuple(_located(layer, store) for layer in layers.layers)


def _located(layer: Layer, store: Store) -> PublishedLayer:
    uri = store.uri(layer_key(layer.kind, layer.digest))
    return PublishedLayer(kind=layer.kind, digest=layer.digest, size=layer.size, uri=uri)
