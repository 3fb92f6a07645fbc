"""The stage `publish`: layers go to a store, each once."""

from sparkferry.layers.model import Layer, Layers
from sparkferry.progress import Progress
from sparkferry.store.api import Store
from sparkferry.targets.plan import PublishedLayer, layer_key


def publish(layers: Layers, store: Store, progress: Progress) -> tuple[PublishedLayer, ...]:
    """Put every layer that is not there yet into ``store``, and return where they are."""
    return tuple(_publish(layer, store, progress) for layer in layers.layers)


def _publish(layer: Layer, store: Store, progress: Progress) -> PublishedLayer:
    key = layer_key(layer.kind, layer.digest)
    # Also where it is there: that makes it young again, so that garbage collection leaves it alone.
    store.put_file(key, layer.path, progress)
    return PublishedLayer(kind=layer.kind, digest=layer.digest, size=layer.size, uri=store.uri(key))
