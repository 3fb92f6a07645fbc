"""What images are built with, open for one command: cache, registries, progress."""

from collections.abc import Iterator
from contextlib import contextmanager

from sparkferry.env import Env
from sparkferry.image.build import BuildContext
from sparkferry.image.recipe import image_settings
from sparkferry.image.registry.client import Registries
from sparkferry.image.registry.hosts import Access
from sparkferry.project.model import Project


@contextmanager
def open_build_context(project: Project, env: Env) -> Iterator[BuildContext]:
    """Yield what building and pushing the project's image takes."""
    settings = image_settings(project)
    trusted = {settings.registry} if settings.insecure and settings.registry else set()
    access = Access(insecure=frozenset(trusted))
    with Registries(access, environ=env.environ, warn=env.progress.message) as registries:
        yield BuildContext(
            cache=env.cache, registries=registries, progress=env.progress, clock=env.clock
        )
