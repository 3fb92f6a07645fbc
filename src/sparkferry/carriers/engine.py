"""An image that is loaded into a container engine of this machine."""

from collections.abc import Collection, Iterable, Iterator

import msgspec

from sparkferry.carriers.api import Artifacts, Published, PublishedLayer
from sparkferry.carriers.archives import located, publish_layers, relocated
from sparkferry.carriers.container_engine import Engine
from sparkferry.env import Env
from sparkferry.facts import Facts
from sparkferry.image.run_image import RunImageBuild, build_run_image, image_archive
from sparkferry.progress import Task
from sparkferry.project.model import Project
from sparkferry.snapshot.model import Snapshot
from sparkferry.store.api import Store


class EngineCarrier(msgspec.Struct, frozen=True):
    """Loads images into ``engine``; the code goes to ``store`` as well, for reruns."""

    engine: Engine
    store: Store

    def pack(self, project: Project, snapshot: Snapshot, facts: Facts, env: Env) -> Artifacts:
        """Build the image of the project's target for this machine.

        :raises UserError: it is not for this machine, or its settings, lock or packages do not go together.
        :raises ExternalError: a mirror, registry or index is out of reach, or the disk failed.
        """
        built = build_run_image(project, snapshot, env)
        facts = msgspec.structs.replace(facts, spark=built.spark)
        return Artifacts(
            snapshot=snapshot,
            layers=built.layers,
            facts=facts,
            image=built,
            warnings=built.layers.warnings,
        )

    def locate(self, artifacts: Artifacts) -> Published:
        """Return where the code will be, and the image's name in the engine."""
        image = artifacts.image.run if artifacts.image else None
        return Published(layers=located(artifacts.layers, self.store), image=image)

    def relocate(self, layers: Iterable[PublishedLayer]) -> tuple[PublishedLayer, ...]:
        """Return layers of an earlier run with the addresses that they have here."""
        return relocated(layers, self.store)

    def publish(self, artifacts: Artifacts, env: Env) -> Published:
        """Give the engine the image, unless it has it."""
        publish_layers(artifacts.layers, self.store, env)
        if artifacts.image and not self.engine.holds(artifacts.image.run.name):
            self._load(artifacts.image, env)
        return self.locate(artifacts)

    def _load(self, image: RunImageBuild, env: Env) -> None:
        size = sum(layer.descriptor.size for layer in image.part.image.layers)
        with env.progress.task(f"loading the image into {self.engine.program}", size) as task:
            self.engine.load(image.run.name, _told(image_archive(image, env), task))

    def prune(self, images: Collection[str], *, dry_run: bool) -> tuple[str, ...]:
        """Remove images from the engine."""
        if not images:
            return ()
        self.engine.check()
        there = tuple(name for name in sorted(images) if self.engine.holds(name))
        if there and not dry_run:
            self.engine.remove(there)
        return there


def _told(data: Iterable[bytes], task: Task) -> Iterator[bytes]:
    """Yield the same, and report it as done."""
    for chunk in data:
        yield chunk
        task.advance(len(chunk))
