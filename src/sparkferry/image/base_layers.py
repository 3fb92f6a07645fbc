"""The layers below ours: the base, the Debian packages upon it, Java, and what configures them.

Making them means reading every package; so what they amount to is remembered by everything that they
depend on, and a rebuild only looks whether the files are still in the cache.
"""

from collections.abc import Callable

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.files import sha256_bytes
from sparkferry.image.debian.model import Mirror
from sparkferry.image.memo import memoised_layers
from sparkferry.image.model import ImageLayer
from sparkferry.image.sets import FORMAT, BaseInputs
from sparkferry.progress import Progress


def base_layers(
    base_inputs: BaseInputs, mirror: Callable[[], Mirror], cache: Cache, progress: Progress
) -> tuple[ImageLayer, ...]:
    """Return the layers of base, Debian packages and Java, lowest first.

    ``mirror`` is called only if layers have to be made.

    :raises UserError: packages do not go together, or the account's name or number is taken.
    :raises ExternalError: the mirror is out of reach or lacks a package.
    """

    def make() -> tuple[ImageLayer, ...]:
        from sparkferry.image.debian_layers import debian_layers

        return debian_layers(base_inputs, mirror(), cache, progress)

    return (
        *base_inputs.base.layers,
        *memoised_layers(f"foundation {key_of(base_inputs)}", cache, make),
    )


def key_of(base_inputs: BaseInputs) -> str:
    """Return a digest of all that the layers depend on."""
    digests = [
        (item.role, [package.sha256 for package in item.packages]) for item in base_inputs.sets
    ]
    base = [item.descriptor.digest for item in base_inputs.base.layers]
    said = (FORMAT, digests, base, base_inputs.recipe.account, base_inputs.recipe.suite)
    return sha256_bytes(msgspec.json.encode(said))
