"""Layers as archives in a store, which Spark unpacks beside every executor."""

from collections.abc import Collection, Iterable

import msgspec

from sparkferry.carriers.api import Artifacts, Published, PublishedLayer, layer_key
from sparkferry.env import Env
from sparkferry.errors import raise_errors, warnings_of
from sparkferry.facts import Facts
from sparkferry.files import sha256_bytes
from sparkferry.findings import code_findings, environment_findings
from sparkferry.layers.code.contents import BOOTSTRAP, BOOTSTRAP_PROGRAM
from sparkferry.layers.interpreter.choose import choose_prefix, python_request
from sparkferry.layers.model import Layer, Layers
from sparkferry.layers.pack import TargetPython, pack
from sparkferry.project.model import Project
from sparkferry.snapshot.model import Snapshot
from sparkferry.store.api import Store
from sparkferry.store.open import is_directory

MAIN = f"main/{sha256_bytes(BOOTSTRAP_PROGRAM)}/{BOOTSTRAP}"
"""Key of the driver's program, the same for every project; garbage collection leaves it."""


class ArchiveCarrier(msgspec.Struct, frozen=True):
    """Publishes layers to ``store``."""

    store: Store
    base: str | None = None
    """URL under which executors read the store; the store's own if not given."""

    def pack(self, project: Project, snapshot: Snapshot, facts: Facts, env: Env) -> Artifacts:
        """Make the layers; see :class:`~sparkferry.carriers.api.Carrier`."""
        return pack_archives(project, snapshot, facts, env)

    def locate(self, artifacts: Artifacts) -> Published:
        """Return where the layers will be in the store."""
        layers = located(artifacts.layers, self.store, self.base)
        return Published(layers=layers, main=_uri(MAIN, self.store, self.base))

    def relocate(self, layers: Iterable[PublishedLayer]) -> tuple[PublishedLayer, ...]:
        """Return layers of an earlier run with the addresses that they have here."""
        return relocated(layers, self.store, self.base)

    def publish(self, artifacts: Artifacts, env: Env) -> Published:
        """Put every layer that is not there yet into the store, and the driver's program."""
        publish_layers(artifacts.layers, self.store, env)
        self.store.put(MAIN, BOOTSTRAP_PROGRAM)
        return self.locate(artifacts)

    def prune(self, images: Collection[str], *, dry_run: bool) -> tuple[str, ...]:
        """Do nothing: layers are removed with the store's garbage."""
        del images, dry_run
        return ()


def pack_archives(project: Project, snapshot: Snapshot, facts: Facts, env: Env) -> Artifacts:
    """Pack the project into layers for a place with ``facts``.

    :raises DiagnosticsError: the project, its lock or its files cannot be packed; nothing was kept.
    :raises ExternalError: an index, a build or the disk failed.
    """
    found = code_findings(project, snapshot)
    raise_errors("pack the code", found)
    python = target_python(project, facts, env)
    found += environment_findings(project, python.environment, env.cache)
    raise_errors("pack the packages", found)
    layers = pack(project, snapshot, python, env)
    return Artifacts(
        snapshot=snapshot,
        layers=layers,
        facts=facts,
        warnings=warnings_of((*found, *layers.warnings)),
    )


def target_python(project: Project, facts: Facts, env: Env) -> TargetPython:
    """Return the Python that the project gets in a place with ``facts``.

    :raises UserError: Python, project and Spark do not go together.
    :raises ExternalError: no Python fits, and none could be fetched.
    """
    wish = python_request(project, facts.pythons, facts.platform)
    prefix = choose_prefix(wish, env.cache, env.progress)
    return TargetPython(prefix=prefix, glibc=facts.glibc, here=facts.here)


def publish_layers(layers: Layers, store: Store, env: Env) -> None:
    """Put every layer that is not there yet into ``store``."""
    for layer in layers.layers:
        store.put_file(layer_key(layer.kind, layer.digest), layer.path, env.progress)


def located(layers: Layers, store: Store, base: str | None = None) -> tuple[PublishedLayer, ...]:
    """Return where the layers are, or will be, in ``store``; nothing is put there.

    Executors read the store at ``base``, if that is given.
    """
    return tuple(_located(layer, store, base) for layer in layers.layers)


def relocated(
    layers: Iterable[PublishedLayer], store: Store, base: str | None = None
) -> tuple[PublishedLayer, ...]:
    """Return published layers with the addresses that they have in ``store``, or below ``base``."""
    return tuple(
        msgspec.structs.replace(layer, uri=_uri(layer.key, store, base)) for layer in layers
    )


def read_from(store: str, env: Env) -> str | None:
    """Return the URL under which a driver of this machine, which executors fetch layers from, has them.

    A directory is read where it is. Of other stores the cache has the layers, under the same keys.
    """
    return None if is_directory(store) else env.cache.root.as_uri()


def _located(layer: Layer, store: Store, base: str | None) -> PublishedLayer:
    uri = _uri(layer_key(layer.kind, layer.digest), store, base)
    return PublishedLayer(kind=layer.kind, digest=layer.digest, size=layer.size, uri=uri)


def _uri(key: str, store: Store, base: str | None) -> str:
    return f"{base.rstrip('/')}/{key}" if base else store.uri(key)
