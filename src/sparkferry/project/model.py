"""The project's settings as frozen values: what `[tool.sparkferry]` may say.

The docstring below a field is its documentation: the JSON schema and ``docs/reference/config.md``
are generated from these types and docstrings.
"""

import posixpath
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from sparkferry.base.platforms import Platform

SparkConf = dict[str, str | int | float | bool]
"""Spark properties as written; booleans become ``true`` and ``false`` for Spark."""

SparkLine = Annotated[str, Meta(pattern=r"^[1-9][0-9]*\.[0-9]+$", examples=["4.0"])]
PythonVersion = Annotated[str, Meta(pattern=r"^3\.[0-9]+(\.[0-9]+)?$", examples=["3.12"])]
Memory = Annotated[str, Meta(pattern=r"^[1-9][0-9]*[mg]$", examples=["512m", "2g"])]
Workers = Annotated[int, Meta(ge=0, le=64)]
Cores = Annotated[int, Meta(ge=1, le=256)]
UserId = Annotated[int, Meta(ge=1, le=2147483647)]
GroupId = Annotated[int, Meta(ge=0, le=2147483647)]
UserName = Annotated[str, Meta(pattern=r"^[a-z_][a-z0-9_-]{0,31}$", examples=["spark"])]
Volume = Annotated[str, Meta(pattern=r"^[^:]+:/[^:]*(:ro)?$", examples=["data:/data:ro"])]
JarGroup = Literal["connect", "hive", "kubernetes", "mllib", "yarn"]
"""A part of Spark's own jars that an image may do without."""


class Table(msgspec.Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """A table of the configuration: its keys are its fields, with dashes."""


class Job(Table, frozen=True, kw_only=True):
    """A named entry point of the project. Exactly one of `entry` and `script` is given."""

    entry: str | None = None
    """A Python function, as `package.module:function`."""
    script: str | None = None
    """A Python file, relative to the project."""
    args: dict[str, Any] = {}
    """Arguments of the function, by parameter name. `--set` overrides them."""
    config: dict[str, Any] = {}
    """Free configuration, handed to the job as `context.config`."""
    spark_conf: SparkConf = {}
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


class ImageSettings(Table, frozen=True, kw_only=True):
    """The layers as an OCI image. The same table below a target lies over this one, key by key."""

    kind: Literal["dataproc", "spark"] = "spark"
    """What the image is for: `dataproc` has neither Spark nor Java, since the service mounts them;
    `spark` has both, for Kubernetes and for standalone clusters."""
    base: str = "debian:bookworm"
    """`debian:bookworm` or `debian:trixie`, put together from Debian packages; or an image with its
    registry, as `docker.io/library/python:3.12-slim`, to build upon."""
    registry: str | None = None
    """Host of the registry, and its port if it has one."""
    repository: str | None = None
    """Repository in the registry, as `team/flights`."""
    tag: str | None = None
    """Tag; made from the branch, or else the release, when not given."""
    insecure: bool = False
    """Speak plain HTTP to the registry. Registries on this machine need no permission for it."""
    platforms: tuple[Platform, ...] = ("linux/amd64",)
    """Platforms of the image; of several, an index is made."""
    code: bool | None = None
    """Whether the code is in the image; only in the tier `prod` when not given."""
    user: UserName | None = None
    """Name of the user in the image; `spark` when not given."""
    uid: UserId | None = None
    """Its number; 1099 for `dataproc` and 185 for `spark` when not given."""
    gid: GroupId | None = None
    """Number of its group; 1099 for `dataproc` and 0 for `spark` when not given."""
    packages: tuple[str, ...] = ()
    """Further Debian packages, by name; what they depend on comes with them."""
    mirror: str | None = None
    """URL of a Debian mirror; that of the machine's apt sources when not given."""
    security_mirror: str | None = None
    """URL of the mirror's archive of security updates."""
    keyring: str | None = None
    """File of the keys that sign the mirror; Debian's own when not given."""
    jars: tuple[str, ...] = ()
    """Jars for the class path of Spark: files of the project, or URLs that end with
    `#sha256=<hexadecimal>`."""
    spark_groups: tuple[JarGroup, ...] = ("connect", "hive", "kubernetes", "mllib")
    """Parts of Spark's own jars that are kept in the kind `spark`."""
    env: dict[str, str] = {}
    """Environment variables. An image is no place for secrets: mount them where it runs."""
    labels: dict[str, str] = {}
    """Labels, beside those that say what the image was made from."""
    log4j: str | None = None
    """Configuration of Log4j 2 for every JVM: a file of the project."""
    java_options: tuple[str, ...] = ()
    """Options of every JVM, as `-XX:+UseZGC`."""
    compression: Literal["gzip", "zstd"] = "gzip"
    """Of the layers."""


class LocalTarget(Table, frozen=True, kw_only=True, tag_field="kind", tag="local"):
    """Spark on this machine: in one process, or as an embedded standalone cluster."""

    workers: Workers = 2
    """0: Spark in one process; n: a standalone cluster of n workers."""
    cores: Cores = 1
    """Cores that each worker offers."""
    memory: Memory = "1g"
    """Memory that each worker offers, as `512m` or `2g`."""
    driver_memory: Memory = "1g"
    """Heap of the driver, as `512m` or `2g`."""
    python: PythonVersion | None = None
    """Python of driver and executors, as `3.12`; the one of `.python-version`, or else one that satisfies
    `requires-python`, if not given."""
    spark_home: str | None = None
    """A Spark installation to use instead of the pip `pyspark` of the project's line."""
    store: str = ".sparkferry/store"
    """Directory of layers, records and outputs."""
    class_data_archive: bool = True
    """Start Spark's JVMs from a class-data archive, made once after the first run and cached."""
    quick_compile: bool = True
    """Hold the optimising compiler of Spark's JVMs back until code is really hot: short jobs start
    faster, and long ones take no longer."""
    container: Literal["docker", "podman"] | None = None
    """Engine that runs driver, master and workers in containers of the project's image; without one
    they are processes of this machine."""
    volumes: tuple[Volume, ...] = ()
    """What else of this machine the containers see, as `data:/data` or `data:/data:ro`; relative to the
    project."""
    spark_conf: SparkConf = {}
    """Spark properties of this target."""
    image: ImageSettings | None = None
    """What is different about images for this target."""


Target = LocalTarget
"""The settings of one target; a tagged union by `kind` as soon as there are two kinds."""


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
    spark_conf: SparkConf = {}
    """Spark properties of every target."""
    packages: Packages = Packages()
    """How the packages layer is made."""
    snapshot: Snapshot = Snapshot()
    """What may be in a snapshot."""
    image: ImageSettings = ImageSettings()
    """The layers as an OCI image."""
    jobs: dict[str, Job] = {}
    """The named entry points."""
    targets: dict[str, Target] = {}
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

    def source(self, *, has_src: bool) -> str:
        """Return the directory of the importable packages, relative to the project; ``.`` for itself.

        ``has_src`` is whether there is a directory ``src``.
        """
        if self.settings.source is not None:
            return posixpath.normpath(self.settings.source)
        return "src" if has_src else "."
