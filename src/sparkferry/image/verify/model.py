"""What is judged, and by whom it will be run."""

from collections.abc import Callable, Iterable

import msgspec

from sparkferry.errors import Diagnostic
from sparkferry.image.examine.model import Config
from sparkferry.image.kinds.kind import KindName
from sparkferry.image.rootfs.model import RootFs
from sparkferry.image.verify.accounts import Accounts, Identity


class CheckInput(msgspec.Struct, frozen=True, kw_only=True):
    """An image for one platform, and what it is to be."""

    kind: KindName
    registry: str | None
    """Host of the registry that has it; None for an image in a file."""
    config: Config
    rootfs: RootFs
    accounts: Accounts
    identity: Identity | None
    """Who runs in a container; None if the image does not say it so that it can be known."""


Check = Callable[[CheckInput], Iterable[Diagnostic]]
"""One part of the contract: a pure function."""


def error(message: str, hint: str) -> Diagnostic:
    """Return a promise that is not kept."""
    return Diagnostic("error", message, hint)


def warning(message: str, hint: str) -> Diagnostic:
    """Return what is unwise."""
    return Diagnostic("warning", message, hint)
