"""Bytes that every pull moves and no process sees or needs."""

from collections.abc import Iterator
from itertools import groupby

from sparkferry.errors import Diagnostic
from sparkferry.image.rootfs.model import RootFs
from sparkferry.image.verify.model import CheckInput, warning

_SMALL = 5_000_000
"""Bytes of waste that nobody needs to hear of: package managers replace databases of their own."""

_LEFT_OVER = (
    ("var/lib/apt/lists/", "lists of apt", "`rm -rf /var/lib/apt/lists/*`"),
    ("var/cache/apt/", "packages and indices that apt fetched", "`apt-get clean`"),
    ("root/.cache/", "caches of the build", "`pip install --no-cache-dir`"),
)


def check_hidden(subject: CheckInput) -> Iterator[Diagnostic]:
    """Check that nothing large is replaced or deleted by a later layer."""
    pairs = sorted((x.node.layer, x.by, x.node.size, x.path) for x in subject.rootfs.hidden)
    for (layer, by), group in groupby(pairs, key=lambda pair: pair[:2]):
        items = sorted((size, path) for _, _, size, path in group)
        total, largest = sum(size for size, _ in items), items[-1][1]
        if total >= _SMALL and layer != by:
            yield warning(
                f"layer {by + 1} hides {total / 1e6:.1f} MB of layer {layer + 1}, `/{largest}` the "
                "largest: they are still pulled",
                "delete or replace it in the step that makes it, or use a multi-stage build",
            )


def check_left_over(subject: CheckInput) -> Iterator[Diagnostic]:
    """Check that package managers have tidied up."""
    for prefix, what, command in _LEFT_OVER:
        total = _size_below(subject.rootfs, prefix)
        if total >= _SMALL:
            yield warning(
                f"{total / 1e6:.1f} MB of {what} are in `/{prefix}`",
                f"remove them in the step that makes them: {command}",
            )


def _size_below(rootfs: RootFs, prefix: str) -> int:
    return sum(x.size for path, x in rootfs.nodes.items() if path.startswith(prefix))
