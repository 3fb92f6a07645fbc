"""The project's settings as frozen values: what `[tool.sparkferry]` may say.

The descriptions here are the documentation of the configuration: the JSON schema and
``docs/reference/config.md`` are generated from these types.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Platform = Literal["linux/amd64", "linux/arm64"]
"""Operating system and architecture, in the words of the OCI image specification."""

SparkConf = dict[str, str | int | float | bool]
"""Spark properties as written; booleans become ``true`` and ``false`` for Spark."""


class Job(msgspec.Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """A named entry point of the project. Exactly one of `entry` and `script` is given."""

    entry: (
        Annotated[str, Meta(description="A Python function, as `package.module:function`.")] | None
    ) = None
    script: Annotated[str, Meta(description="A Python file, relative to the project.")] | None = (
        None
    )
    args: Annotated[
        dict[str, Any],
        Meta(description="Arguments of the function, by parameter name. `--set` overrides them."),
    ] = {}
    config: Annotated[
        dict[str, Any],
        Meta(description="Free configuration, handed to the job as `context.config`."),
    ] = {}
    spark_conf: Annotated[SparkConf, Meta(description="Spark properties of this job alone.")] = {}


class Packages(
    msgspec.Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True
):
    """How the packages layer is made."""

    prune: Annotated[
        bool,
        Meta(
            description="Leave test folders, type stubs, Cython sources and caches of packages out."
        ),
    ] = True
    keep: Annotated[
        tuple[str, ...],
        Meta(
            description="Patterns of paths inside the packages layer that pruning must not touch."
        ),
    ] = ()
    groups: Annotated[
        tuple[str, ...],
        Meta(description="Dependency groups of the lock that ship, beside the dependencies."),
    ] = ()
    extras: Annotated[tuple[str, ...], Meta(description="Extras of the project that ship.")] = ()


class Snapshot(
    msgspec.Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True
):
    """What may be in a snapshot."""

    allow: Annotated[
        tuple[str, ...],
        Meta(
            description="Files, by exact path, that ship although they are large or look like credentials."
        ),
    ] = ()


class LocalTarget(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="kebab",
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="local",
):
    """Spark on this machine: in one process, or as an embedded standalone cluster."""

    workers: Annotated[
        int,
        Meta(
            ge=0,
            le=64,
            description="0: Spark in one process; n: a standalone cluster of n workers.",
        ),
    ] = 2
    cores: Annotated[int, Meta(ge=1, le=256, description="Cores that each worker offers.")] = 1
    memory: Annotated[
        str,
        Meta(
            pattern=r"^[1-9][0-9]*[mg]$",
            description="Memory that each worker offers, as `512m` or `2g`.",
        ),
    ] = "1g"
    driver_memory: Annotated[
        str,
        Meta(pattern=r"^[1-9][0-9]*[mg]$", description="Heap of the driver, as `512m` or `2g`."),
    ] = "1g"
    python: (
        Annotated[
            str,
            Meta(
                pattern=r"^3\.[0-9]+(\.[0-9]+)?$",
                description="Python of driver and executors, as `3.12`.",
            ),
        ]
        | None
    ) = None
    spark_home: (
        Annotated[
            str,
            Meta(
                description="A Spark installation to use instead of the pip `pyspark` of the project's line."
            ),
        ]
        | None
    ) = None
    store: Annotated[str, Meta(description="Directory of layers, records and outputs.")] = (
        ".sparkferry/store"
    )
    class_data_archive: Annotated[
        bool,
        Meta(description="Start the driver's JVM from a class-data archive, made once and cached."),
    ] = True
    quick_compile: Annotated[
        bool,
        Meta(
            description="Compile the driver's JVM code with the quick compiler only; best for short jobs. "
            "Used with `workers = 0` alone."
        ),
    ] = False
    spark_conf: Annotated[SparkConf, Meta(description="Spark properties of this target.")] = {}


Target = LocalTarget
"""The settings of one target; a tagged union by `kind` as soon as there are two kinds."""


class Settings(
    msgspec.Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True
):
    """The table `[tool.sparkferry]`, with tier, environment and command line already merged in."""

    spark: Annotated[
        str,
        Meta(
            pattern=r"^[1-9][0-9]*\.[0-9]+$",
            description="The Spark line that the project is written for.",
        ),
    ]
    lock: (
        Annotated[str, Meta(description="The lock file; found by itself when not given.")] | None
    ) = None
    source: (
        Annotated[
            str,
            Meta(
                description="Directory of the importable packages; `src` if there is one, else the project."
            ),
        ]
        | None
    ) = None
    include: Annotated[
        tuple[str, ...], Meta(description="Patterns of further files that ship in the code layer.")
    ] = ()
    target: Annotated[str, Meta(description="The default target.")] = "local"
    spark_conf: Annotated[SparkConf, Meta(description="Spark properties of every target.")] = {}
    packages: Packages = Packages()
    snapshot: Snapshot = Snapshot()
    jobs: dict[str, Job] = {}
    targets: dict[str, Target] = {}


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
    """Where each resolved value came from: dotted key to ``pyproject.toml:LINE``,
    ``environment NAME``, ``command line`` or ``default``."""
