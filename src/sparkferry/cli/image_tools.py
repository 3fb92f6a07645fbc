"""What building, pushing and examining images takes, open for one command."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from sparkferry.image.build import BuildContext
    from sparkferry.image.examine.find import ImageFinder
    from sparkferry.project.model import Project


def open_build_context(project: "Project") -> "AbstractContextManager[BuildContext]":
    """Open what building and pushing the project's image takes."""
    from sparkferry.base.cache import Cache
    from sparkferry.cli.progress import reporter
    from sparkferry.image.build_context import open_build_context as opened

    return opened(project, Cache(), reporter())


@contextmanager
def examining(image: str, *, insecure: bool) -> "Iterator[ImageFinder]":
    """Yield what it takes to look at an image by its name."""
    from sparkferry.base.cache import Cache
    from sparkferry.cli.progress import reporter
    from sparkferry.image.examine.find import ImageFinder
    from sparkferry.image.registry.client import Registries
    from sparkferry.image.registry.hosts import Access

    trusted = frozenset({image.partition("/")[0]} if insecure else ())
    progress = reporter()
    with Registries(Access(insecure=trusted), warn=progress.message) as registries:
        yield ImageFinder(registries=registries, cache=Cache(), progress=progress)
