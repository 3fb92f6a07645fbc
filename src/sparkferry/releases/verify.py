"""Whether a release is whole, and who vouches for it."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from sparkferry.env import Env
from sparkferry.files import sha256_file
from sparkferry.releases.model import Release
from sparkferry.releases.promote import Promotion, promotions
from sparkferry.releases.sign import verify_signature
from sparkferry.store.api import Store
from sparkferry.store.errors import NotFoundError


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out about a release."""

    release: str
    signer: str | None
    """Who signed it; None where nobody did."""
    problems: tuple[str, ...]
    promotions: tuple[Promotion, ...]


def verify_release(store: Store, release: Release, root: Path, env: Env) -> Verified:
    """Read every layer and compare its digest; verify the signature by Git's settings in ``root``.

    :raises ExternalError: the signature is not good, or the store is out of reach.
    """
    return Verified(
        release=release.name,
        signer=verify_signature(store, release.name, root),
        problems=tuple(_problems(store, release, env)),
        promotions=tuple(promotions(store, release.name)),
    )


def _problems(store: Store, release: Release, env: Env) -> Iterator[str]:
    with TemporaryDirectory() as directory:
        for key in sorted(release.layer_keys()):
            path = Path(directory, "layer")
            try:
                store.fetch(key, path, env.progress)
            except NotFoundError:
                yield f"`{key}` is not in the store"
                continue
            if sha256_file(path) != key.split("/")[1]:
                yield f"`{key}` is not what its digest says"
