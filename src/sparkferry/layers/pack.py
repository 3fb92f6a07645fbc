"""The stage `pack`: a project and its snapshot become layers."""

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.errors import warnings_of
from sparkferry.layers.code.layer import code_layer
from sparkferry.layers.imports.fetching import fetch_for_code
from sparkferry.layers.interpreter.layer import interpreter_layer, libraries_of
from sparkferry.layers.interpreter.prefix import Prefix
from sparkferry.layers.libraries.here import findings_here
from sparkferry.layers.libraries.payload import payload_of
from sparkferry.layers.locks.selection import select
from sparkferry.layers.model import Environment, Layers
from sparkferry.layers.packages.layer import packages_layer
from sparkferry.layers.wheels.get import built_warnings
from sparkferry.progress import Progress
from sparkferry.project.model import Project
from sparkferry.snapshot.model import Snapshot


class TargetPython(msgspec.Struct, frozen=True, kw_only=True):
    """The installation that a target gets, and what it meets there."""

    prefix: Prefix
    glibc: tuple[int, int]
    """Of the target's machines."""

    @property
    def environment(self) -> Environment:
        """The environment that the packed installation makes on the target."""
        return Environment(
            python=self.prefix.version, platform=self.prefix.platform, glibc=self.glibc
        )


def pack(
    project: Project, snapshot: Snapshot, python: TargetPython, cache: Cache, progress: Progress
) -> Layers:
    """Build what is not in the cache yet, and return the layers.

    :raises UserError: the project, its lock or its files cannot be packed; nothing was kept.
    :raises WorldError: an index, a build or the disk failed.
    """
    environment = python.environment
    code = code_layer(project, snapshot, cache)
    interpreter = interpreter_layer(python.prefix, environment, cache, progress)
    selection = select(project, environment, cache)
    wheels, found = fetch_for_code(project, snapshot, selection, cache, progress)
    packages = packages_layer(wheels, project.settings.packages, python.prefix, cache, progress)
    payload = payload_of(project, snapshot, wheels, environment.platform)
    # In containers the libraries are those of the image, and building it tells.
    in_container = project.target.container is not None
    bundled = libraries_of(python.prefix, cache)
    libraries = (
        () if in_container else findings_here(payload, bundled, environment, cache, progress)
    )
    return Layers(
        environment=environment,
        layers=tuple(layer for layer in (interpreter, packages.layer, code) if layer is not None),
        packages={wheel.name: wheel.version for wheel in wheels},
        lock_sha256=selection.lock_sha256,
        warnings=warnings_of((*found, *built_warnings(wheels), *packages.warnings, *libraries)),
    )
