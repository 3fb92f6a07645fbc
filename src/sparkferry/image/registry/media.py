"""Media types of layers: Docker's become OCI's, the bytes being the same.

Image specification 1.1, "Compatibility Matrix".
"""

import msgspec

from sparkferry.errors import UserError
from sparkferry.image.model import LAYER_GZIP, LAYER_ZSTD, Descriptor

LAYER_TAR = "application/vnd.oci.image.layer.v1.tar"

_OCI = {
    LAYER_TAR: LAYER_TAR,
    LAYER_GZIP: LAYER_GZIP,
    LAYER_ZSTD: LAYER_ZSTD,
    "application/vnd.docker.image.rootfs.diff.tar": LAYER_TAR,
    "application/vnd.docker.image.rootfs.diff.tar.gzip": LAYER_GZIP,
    "application/vnd.docker.image.rootfs.diff.tar.zstd": LAYER_ZSTD,
}


def oci_layer(descriptor: Descriptor, image: str) -> Descriptor:
    """Return the descriptor of a layer of ``image`` with OCI's media type.

    :raises UserError: it is not a layer that a registry hands out to everybody.
    """
    kind = _OCI.get(descriptor.media_type)
    if kind is None:
        raise UserError(
            f"could not use the image `{image}`: a layer is of the type `{descriptor.media_type}`",
            hint="choose an image whose layers are tar, gzip or zstd, and in the registry itself",
        )
    return msgspec.structs.replace(descriptor, media_type=kind)
