"""The stage `pack`: a project and its snapshot become layers."""

import msgspec

from sparkferry.layers.cache import Cache
from sparkferry.layers.code.layer import code_layer
from sparkferry.layers.interpreter.layer import interpreter_layer
from sparkferry.layers.interpreter.prefix import Prefix
from sparkferry.layers.locks.selection import select
from sparkferry.layers.model import Environment, Layers
from sparkferry.layers.packages.layer import packages_layer
from sparkferry.layers.wheels.get import fetch_wheels
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
    wheels = fetch_wheels(selection, cache, progress)
    packages = packages_layer(wheels, project.settings.packages, python.prefix, cache, progress)
    return Layers(
        environment=environment,
        layers=tuple(layer for layer in (interpreter, packages.layer, code) if layer is not None),
        packages={wheel.name: wheel.version for wheel in wheels},
        lock_sha256=selection.lock_sha256,
        warnings=packages.warnings,
    )
