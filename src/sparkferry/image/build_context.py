"""What images are built with, open for one command: cache, registries, progress."""

from collections.abc import Iterator
from contextlib import contextmanager

from sparkferry.base.cache import Cache
from sparkferry.clock import SYSTEM
from sparkferry.image.build import BuildContext
from sparkferry.image.recipe import image_settings
from sparkferry.image.registry.client import Registries
from sparkferry.image.registry.hosts import Access
from sparkferry.progress import Progress
from sparkferry.project.model import Project


@contextmanager
def open_build_context(
    project: Project, cache: Cache, progress: Progress
) -> Iterator[BuildContext]:
    """Yield what building and pushing the project's image takes."""
    settings = image_settings(project)
    trusted = {settings.registry} if settings.insecure and settings.registry else set()
    access = Access(insecure=frozenset(trusted))
    with Registries(access, warn=progress.message) as registries:
        yield BuildContext(cache=cache, registries=registries, progress=progress, clock=SYSTEM)
