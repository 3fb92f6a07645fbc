"""The contract of each kind: which checks an image of it must pass."""

from collections.abc import Mapping

from sparkferry.errors import Diagnostic, UserError
from sparkferry.image.examine.model import InspectedImage
from sparkferry.image.kinds.kind import KindName
from sparkferry.image.model import KIND_LABEL
from sparkferry.image.rootfs.model import RootFs
from sparkferry.image.rootfs.union import read_rootfs
from sparkferry.image.verify import (
    environment,
    libraries,
    secrets,
    spark,
    tools,
    user,
    waste,
)
from sparkferry.image.verify.accounts import (
    Accounts,
    Identity,
    identity,
    identity_of,
    read_accounts,
)
from sparkferry.image.verify.model import Check, CheckInput
from sparkferry.project.image_rules import DATAPROC_ID

_COMMON: tuple[Check, ...] = (
    environment.check_hash_seed,
    environment.check_path,
    environment.check_preload,
    tools.check_interpreter,
    tools.check_entry_point,
    libraries.check_libraries,
    user.check_writable,
    secrets.check_files,
    secrets.check_config,
    waste.check_hidden,
    waste.check_left_over,
)

CHECKS: Mapping[KindName, tuple[Check, ...]] = {
    "dataproc": (
        environment.check_dataproc_platform,
        environment.check_dataproc_registry,
        environment.check_jemalloc,
        user.check_dataproc_user,
        tools.check_dataproc_tools,
        spark.check_nothing_mounted,
        *_COMMON,
    ),
    "spark": (
        environment.check_platform,
        user.check_own_user,
        tools.check_ps,
        spark.check_spark,
        spark.check_only_one,
        spark.check_java,
        user.check_working_directory,
        *_COMMON,
    ),
}

_WHOLE = frozenset({"etc/passwd", "etc/group"})
"""Files that the checks want to see, whatever their size."""
_LARGEST = 8 << 20
"""Bytes of a file that is seen whole; the largest lists of a package's files have 2 MB."""


def kind_of(specimen: InspectedImage, asked: KindName | None) -> KindName:
    """Return the kind that the image is held to: the one asked for, else the one of its label.

    :raises UserError: there is neither, as in images of others.
    """
    labels = specimen.config.config.labels or {}
    for kind in CHECKS:
        if kind == (asked or labels.get(KIND_LABEL)):
            return kind
    raise UserError(
        f"could not verify `{specimen.name}`: it does not say what kind of image it is",
        hint="say it: `--kind dataproc` or `--kind spark`",
    )


def read_for_checks(specimen: InspectedImage) -> RootFs:
    """Read all layers of an image, and of each file what the checks want to see.

    :raises ExternalError: a layer cannot be read, or its bytes are not those of its digest.
    """
    return read_rootfs((layer.open for layer in specimen.layers), _keep, libraries.is_asked)


def _keep(path: str, size: int) -> int:
    whole = path in _WHOLE or libraries.is_kept(path)
    return _LARGEST if whole else secrets.keep_bytes(path, size)


def subject_of(specimen: InspectedImage, rootfs: RootFs, kind: KindName) -> CheckInput:
    """Return the image with whom it will be run by; ``rootfs`` is from :func:`read_for_checks`."""
    accounts = read_accounts(rootfs)
    return CheckInput(
        kind=kind,
        registry=specimen.registry,
        config=specimen.config,
        rootfs=rootfs,
        accounts=accounts,
        identity=_runs_as(kind, specimen, accounts),
    )


def verify(subject: CheckInput) -> tuple[Diagnostic, ...]:
    """Return everything that keeps an image from being what its kind promises."""
    return tuple(found for check in CHECKS[subject.kind] for found in check(subject))


def _runs_as(kind: KindName, specimen: InspectedImage, accounts: Accounts) -> Identity | None:
    if kind == "dataproc":  # the service does not ask the image
        return identity(DATAPROC_ID, DATAPROC_ID, accounts)
    return identity_of(specimen.config, accounts)
