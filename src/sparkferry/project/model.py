"""The project's settings as frozen values: what `[tool.sparkferry]` may say.

The docstring below a field is its documentation: the JSON schema and ``docs/reference/config.md``
are generated from these types and docstrings.
"""

import posixpath
from pathlib import Path
from typing import Any

import msgspec
from msgspec import field

from sparkferry.project.image_settings import ImageSettings
from sparkferry.project.kinds.registry import AnyTarget
from sparkferry.project.tables import SparkConf, SparkLine, Table


class Job(Table, frozen=True, kw_only=True):
    """A named entry point of the project. Exactly one of `entry` and `script` is given."""

    entry: str | None = None
    """A Python function, as `package.module:function`."""
    script: str | None = None
    """A Python file, relative to the project."""
    args: dict[str, Any] = field(default_factory=dict)
    """Arguments of the function, by parameter name. `--set` overrides them."""
    config: dict[str, Any] = field(default_factory=dict)
    """Free configuration, handed to the job as `context.config`."""
    spark_conf: SparkConf = field(default_factory=dict)
    """Spark properties of this job alone."""


class Packages(Table, frozen=True, kw_only=True):
    """How the packages layer is made."""

    prune: bool = True
    """Leave test folders, type stubs, Cython sources and caches of packages out."""
    keep: tuple[str, ...] = ()
    """Patterns of paths inside the packages layer that pruning must not touch."""
    prefer: tuple[str, ...] = ()
    """Packages whose files ship where those of another one have the same path; the first named wins."""
    groups: tuple[str, ...] = ()
    """Dependency groups of the lock that ship, beside the dependencies."""
    extras: tuple[str, ...] = ()
    """Extras of the project that ship."""
    optional_libraries: tuple[str, ...] = ()
    """Shared libraries, as `libtbb.so.12`, without which packages do: it is not reported where they are
    missing."""


class Snapshot(Table, frozen=True, kw_only=True):
    """What may be in a snapshot."""

    allow: tuple[str, ...] = ()
    """Files, by exact path, that ship although they are large or look like credentials."""
    bundle: bool = False
    """Keep the code of each run as a Git bundle, `code.bundle`, among its records: others can fetch it."""


class ReleaseSettings(Table, frozen=True, kw_only=True):
    """What a release must fulfil."""

    branches: tuple[str, ...] = ("main", "master", "release/*")
    """Patterns of the branches that releases are made from."""
    tag: str = "v{version}"
    """Tag of a version in Git; `{version}` stands for the version."""
    targets: tuple[str, ...] = ()
    """Targets that a release is for; the default target if not given."""


class Settings(Table, frozen=True, kw_only=True):
    """The table `[tool.sparkferry]`, with tier, environment and command line already merged in."""

    spark: SparkLine
    """The Spark line that the project is written for, as `4.0`."""
    lock: str | None = None
    """The lock file; found by itself when not given."""
    source: str | None = None
    """Directory of the importable packages; `src` if there is one, else the project."""
    include: tuple[str, ...] = ()
    """Patterns of further files that ship in the code layer. A file that is named exactly, without a
    pattern, ships even if `.gitignore` names it."""
    target: str = "local"
    """The default target."""
    spark_conf: SparkConf = field(default_factory=dict)
    """Spark properties of every target."""
    packages: Packages = Packages()
    """How the packages layer is made."""
    snapshot: Snapshot = Snapshot()
    """What may be in a snapshot."""
    image: ImageSettings = ImageSettings()
    """The layers as an OCI image."""
    release: ReleaseSettings = ReleaseSettings()
    """What a release must fulfil."""
    jobs: dict[str, Job] = field(default_factory=dict)
    """The named entry points."""
    targets: dict[str, AnyTarget] = field(default_factory=dict)
    """The places where Spark runs. Without any, there is `local`, an embedded cluster."""


class PythonFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a file `.python-version` asks for."""

    name: str
    """Path relative to the project, with POSIX separators."""
    line: int
    """Counted from 1."""
    text: str
    """As written."""
    version: str | None
    """The version of CPython, as ``3.12`` or ``3.12.4``; None where it asks for something else."""

    @property
    def place(self) -> str:
        """``FILE:LINE``."""
        return f"{self.name}:{self.line}"


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A loaded project: the value that the flow begins with."""

    root: Path
    """Directory of the pyproject.toml, absolute."""
    name: str
    requires_python: str
    """A PEP 440 specifier set; ``>=3`` where the project names none."""
    dependencies: tuple[str, ...]
    """PEP 508 requirements of the project, as written."""
    tier: str
    settings: Settings
    origins: dict[str, str]
    """Where each given value came from: dotted key to ``pyproject.toml:LINE``, ``environment NAME``
    or ``command line``. A key that is not here has its default."""
    python_file: PythonFile | None = None
    """The file `.python-version` that belongs to it; it counts where the target says no `python`."""
    job: str | None = None
    """The job that is to run; None where the command is about all jobs."""

    @property
    def target(self) -> AnyTarget:
        """The settings of the selected target."""
        return self.settings.targets[self.settings.target]

    def source(self, *, has_src: bool) -> str:
        """Return the directory of the importable packages, relative to the project; ``.`` for itself.

        ``has_src`` is whether there is a directory ``src``.
        """
        if self.settings.source is not None:
            return posixpath.normpath(self.settings.source)
        return "src" if has_src else "."
