"""Environment variables and platform of an image."""

from collections.abc import Iterator
from typing import get_args

from sparkferry.base.platforms import Platform
from sparkferry.errors import Diagnostic
from sparkferry.image.kinds.kind import COMMON_ENV
from sparkferry.image.verify.model import CheckInput, error, warning
from sparkferry.image.verify.programs import DEFAULT_PATH, check_machine, search_path

_ARTIFACT_REGISTRY = ("-docker.pkg.dev", "gcr.io")
"""Ends of the hosts of Artifact Registry; those of gcr.io are served by it as well."""

_MAY_BE_ABSENT = frozenset((*DEFAULT_PATH.split(":"), *COMMON_ENV["PATH"].split(":")))
"""Directories of PATH that an image may lack: a layer without commands has none, and code that is not
in the image is mounted."""

_LARGEST_SEED = 4_294_967_295
"""Documentation of Python, "PYTHONHASHSEED"."""


def check_platform(subject: CheckInput) -> Iterator[Diagnostic]:
    """Check that the image is for a platform that Spark and wheels exist for."""
    platform = subject.config.platform
    if platform not in get_args(Platform):
        known = " and ".join(get_args(Platform))
        yield error(f"the image is for {platform}", f"build it for {known}")


def check_dataproc_platform(subject: CheckInput) -> Iterator[Diagnostic]:
    """Check the platform: the service runs on one only."""
    platform = subject.config.platform
    if platform != "linux/amd64":
        yield error(
            f"the image is for {platform}, and Dataproc runs linux/amd64 alone",
            "build it with `--platform linux/amd64`",
        )


def check_dataproc_registry(subject: CheckInput) -> Iterator[Diagnostic]:
    """Check the registry: the service pulls from one only."""
    registry = subject.registry
    if registry is not None and not registry.endswith(_ARTIFACT_REGISTRY):
        yield warning(
            f"the image is in `{registry}`, and Dataproc pulls from Artifact Registry alone",
            "push it to `<region>-docker.pkg.dev`",
        )


def check_hash_seed(subject: CheckInput) -> Iterator[Diagnostic]:
    """Check that driver and executors agree on hashes of text, or shuffles by text lose rows."""
    seed = subject.config.config.environ.get("PYTHONHASHSEED")
    hint = "set `PYTHONHASHSEED=0`"
    if seed is None:
        yield warning("PYTHONHASHSEED is not set: each Python hashes text differently", hint)
    elif not seed.isdecimal():
        yield error(
            f"PYTHONHASHSEED is `{seed}`: shuffles by a key that is text give wrong results", hint
        )
    elif int(seed) > _LARGEST_SEED:
        yield error(f"PYTHONHASHSEED is {seed}: Python does not start with so large a number", hint)


def check_path(subject: CheckInput) -> Iterator[Diagnostic]:
    """Check that PATH consists of directories."""
    for entry in search_path(subject):
        node = subject.rootfs.find(entry)
        if not entry.startswith("/"):
            yield warning(
                f"PATH has `{entry}`, which is relative to wherever a process runs",
                "write whole paths, without empty parts",
            )
        elif node is not None and node.kind != "directory":
            yield error(
                f"PATH has `{entry}`, which is a {node.kind}: nothing is found through it",
                f"name its directory: `{entry.rpartition('/')[0]}`",
            )
        elif node is None and entry not in _MAY_BE_ABSENT:
            yield warning(f"PATH has `{entry}`, which is not in the image", "leave it out")


def check_preload(subject: CheckInput) -> Iterator[Diagnostic]:
    """Check that what LD_PRELOAD names, parted by spaces or colons (ld.so(8)), is there."""
    value = subject.config.config.environ.get("LD_PRELOAD", "")
    for path in value.replace(":", " ").split():
        if "/" in path and subject.rootfs.find(path) is None:
            yield error(
                f"LD_PRELOAD has `{path}`, which is not in the image: every program complains",
                "install libjemalloc2, and name its path on this platform",
            )
        else:
            yield from check_machine(subject, "LD_PRELOAD", path)


def check_jemalloc(subject: CheckInput) -> Iterator[Diagnostic]:
    """Check for jemalloc, which the service's documentation advises."""
    if "jemalloc" not in subject.config.config.environ.get("LD_PRELOAD", ""):
        yield warning(
            "LD_PRELOAD does not name jemalloc, which Dataproc advises: memory will fragment",
            "install libjemalloc2 and set LD_PRELOAD to its path on this platform",
        )
