"""Libraries that an image lacks, and the Debian packages that bring them."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.errors import Diagnostic, SparkferryError
from sparkferry.image.app_layers import AppInputs, AppLayers
from sparkferry.image.recipe import Recipe
from sparkferry.image.system_libraries import SystemLibraries
from sparkferry.layers.interpreter.layer import libraries_of
from sparkferry.layers.libraries.check import Destination, library_findings
from sparkferry.layers.libraries.debian import described, package_names
from sparkferry.layers.libraries.findings import OTHERWISE
from sparkferry.layers.libraries.payload import payload_of
from sparkferry.progress import Progress

if TYPE_CHECKING:
    from sparkferry.image.debian.index import Index

Indices = Callable[[], "Sequence[Index]"]

_SETTING = "`packages` of [tool.sparkferry.image]"


def image_findings(
    inputs: AppInputs,
    app: AppLayers,
    system: SystemLibraries,
    offers: "Offered",
    progress: Progress,
) -> tuple[Diagnostic, ...]:
    """Return a warning for each library that the image's packages need and the image does not have."""
    payload = payload_of(inputs.project, inputs.snapshot, app.wheels, inputs.recipe.platform)
    bundled = libraries_of(app.prefix, offers.cache)
    place = msgspec.structs.replace(system, interpreter=bundled)
    image = Destination(place=place, name="the image", hint=offers.hint)
    return library_findings(payload, image, offers.cache, progress)


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """What the mirror of an image offers, asked only when a library is missing."""

    recipe: Recipe
    indices: Indices
    cache: Cache

    def hint(self, library: str) -> str:
        """Return how an image gets ``library``."""
        found = self._package(library)
        if found:
            return f'add Debian\'s package `{found}` to {_SETTING}: `packages = ["{found}"]`, {OTHERWISE}'
        called = described(library) if found is None else f"see `apt-file search {library}`"
        return f"add the Debian package that brings it ({called}) to {_SETTING}, {OTHERWISE}"

    def _package(self, library: str) -> str | None:
        """Return the name of the package; empty if there is none of a fitting name, None if unknown."""
        key = f"debian package {self.recipe.suite} {self.recipe.platform} {library}"
        known = self.cache.recall(key, str)
        if known:
            return known
        try:
            offered = {package.name for index in self.indices() for package in index.packages}
        except SparkferryError:
            return None
        found = next((name for name in package_names(library) if name in offered), "")
        if found:
            self.cache.remember(key, found)
        return found
