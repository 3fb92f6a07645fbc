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
    from sparkferry.cli.env import make_env
    from sparkferry.image.build_context import open_build_context as opened

    return opened(project, make_env())


@contextmanager
def examining(image: str, *, insecure: bool) -> "Iterator[ImageFinder]":
    """Yield what it takes to look at an image by its name."""
    from sparkferry.cli.env import make_env
    from sparkferry.image.examine.find import ImageFinder
    from sparkferry.image.registry.client import Registries
    from sparkferry.image.registry.hosts import Access

    trusted = frozenset({image.partition("/")[0]} if insecure else ())
    env = make_env()
    access, warn = Access(insecure=trusted), env.progress.message
    with Registries(access, environ=env.environ, warn=warn) as registries:
        yield ImageFinder(registries=registries, cache=env.cache, progress=env.progress)
