"""``image verify``: the findings on an image, and what its layers weigh, as values."""

import msgspec

from sparkferry.errors import Diagnostic
from sparkferry.image.examine.model import InspectedImage
from sparkferry.image.kinds.kind import KindName
from sparkferry.image.rootfs.model import RootFs
from sparkferry.image.verify.contract import kind_of, read_for_checks, subject_of, verify


class Weight(msgspec.Struct, frozen=True, kw_only=True):
    """What one layer weighs."""

    size: int
    """In bytes, as it is stored."""
    files: int
    unpacked: int
    """In bytes, of all files in it."""
    wasted: int
    """In bytes, of those that later entries replace or delete."""


class VerifyReport(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be said of one image, for one platform."""

    platform: str
    digest: str
    kind: KindName
    findings: tuple[Diagnostic, ...]
    layers: tuple[Weight, ...]

    @property
    def kept(self) -> bool:
        """Whether every promise of the kind is kept."""
        return all(x.severity != "error" for x in self.findings)


def verify_image(specimen: InspectedImage, asked: KindName | None) -> VerifyReport:
    """Hold the image to its kind: that of its label, or the one asked for.

    :raises UserError: it has no label, and no kind was asked for.
    :raises ExternalError: a layer cannot be read.
    """
    kind = kind_of(specimen, asked)
    rootfs = read_for_checks(specimen)
    return VerifyReport(
        platform=specimen.config.platform,
        digest=specimen.descriptor.digest,
        kind=kind,
        findings=verify(subject_of(specimen, rootfs, kind)),
        layers=layer_sizes(specimen, rootfs),
    )


def layer_sizes(specimen: InspectedImage, rootfs: RootFs) -> tuple[Weight, ...]:
    """Return what each layer weighs, the lowest first."""
    seen = [node for node in rootfs.nodes.values() if node.kind == "file"]
    hidden = [x.node for x in rootfs.hidden if x.node.kind == "file"]
    return tuple(
        Weight(
            size=layer.descriptor.size,
            files=sum(node.layer == number for node in (*seen, *hidden)),
            unpacked=sum(node.size for node in (*seen, *hidden) if node.layer == number),
            wasted=sum(node.size for node in hidden if node.layer == number),
        )
        for number, layer in enumerate(specimen.layers)
    )
