"""The stage `pack`: a project and its snapshot become layers."""

import msgspec

from sparkferry.env import Env
from sparkferry.errors import Diagnostic, warnings_of
from sparkferry.layers.code.layer import code_layer
from sparkferry.layers.imports.fetching import fetch_for_code
from sparkferry.layers.interpreter.layer import interpreter_layer, libraries_of
from sparkferry.layers.interpreter.prefix import Prefix
from sparkferry.layers.libraries.here import findings_here
from sparkferry.layers.libraries.payload import Payload, payload_of
from sparkferry.layers.locks.selection import select
from sparkferry.layers.model import Environment, Layers
from sparkferry.layers.packages.layer import packages_layer
from sparkferry.layers.wheels.get import built_warnings
from sparkferry.project.model import Project
from sparkferry.snapshot.model import Snapshot


class TargetPython(msgspec.Struct, frozen=True, kw_only=True):
    """The installation that a target gets, and what it meets there."""

    prefix: Prefix
    glibc: tuple[int, int]
    """Of the target's machines."""
    here: bool = False
    """Whether it runs on this machine, with its libraries."""

    @property
    def environment(self) -> Environment:
        """The environment that the packed installation makes on the target."""
        return Environment(
            python=self.prefix.version, platform=self.prefix.platform, glibc=self.glibc
        )


def pack(project: Project, snapshot: Snapshot, python: TargetPython, env: Env) -> Layers:
    """Build what is not in the cache yet, and return the layers.

    :raises UserError: the project, its lock or its files cannot be packed; nothing was kept.
    :raises ExternalError: an index, a build or the disk failed.
    """
    environment, cache, progress = python.environment, env.cache, env.progress
    code = code_layer(project, snapshot, cache)
    interpreter = interpreter_layer(python.prefix, environment, cache, progress)
    selection = select(project, environment, cache)
    wheels, found = fetch_for_code(project, snapshot, selection, cache, progress)
    packages = packages_layer(wheels, project.settings.packages, python.prefix, cache, progress)
    payload = payload_of(project, snapshot, wheels, environment.platform)
    libraries = library_warnings(payload, python, env) if python.here else ()
    return Layers(
        environment=environment,
        layers=tuple(layer for layer in (interpreter, packages.layer, code) if layer is not None),
        packages={wheel.name: wheel.version for wheel in wheels},
        lock_sha256=selection.lock_sha256,
        warnings=warnings_of((*found, *built_warnings(wheels), *packages.warnings, *libraries)),
    )


def library_warnings(payload: Payload, python: TargetPython, env: Env) -> tuple[Diagnostic, ...]:
    """Return a warning for each library that ``payload`` needs and this machine lacks.

    :raises WheelError: a wheel is not valid.
    :raises ExternalError: the interpreter cannot be read.
    """
    bundled = libraries_of(python.prefix, env.cache)
    return findings_here(payload, bundled, python.environment, env.cache, env.progress)
