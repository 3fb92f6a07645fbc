"""What building, pushing and examining images takes, open for one command."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sparkferry.image.build import Workshop
    from sparkferry.image.examine.find import Desk
    from sparkferry.project.model import Project


@contextmanager
def workshop(project: "Project") -> "Iterator[Workshop]":
    """Yield what building and pushing the project's image takes."""
    from sparkferry.cli.progress import reporter
    from sparkferry.clock import SYSTEM
    from sparkferry.image.build import Workshop
    from sparkferry.image.recipe import image_settings
    from sparkferry.image.registry.client import Registries
    from sparkferry.image.registry.hosts import Access
    from sparkferry.layers.cache import Cache

    settings = image_settings(project)
    trusted = {settings.registry} if settings.insecure and settings.registry else set()
    with Registries(Access(insecure=frozenset(trusted))) as registries:
        yield Workshop(cache=Cache(), registries=registries, progress=reporter(), clock=SYSTEM)


@contextmanager
def examining(image: str, *, insecure: bool) -> "Iterator[Desk]":
    """Yield what it takes to look at an image by its name."""
    from sparkferry.cli.progress import reporter
    from sparkferry.image.examine.find import Desk
    from sparkferry.image.registry.client import Registries
    from sparkferry.image.registry.hosts import Access
    from sparkferry.layers.cache import Cache

    trusted = frozenset({image.partition("/")[0]} if insecure else ())
    with Registries(Access(insecure=trusted)) as registries:
        yield Desk(registries=registries, cache=Cache(), progress=reporter())
