"""What an image that we build makes of wheels, as two lists of files. Pure.

Whether a file ships depends on what else is in its wheel, and on what imports it (see
`sparkferry.layers.packages.prune`): that is decided here, for the very wheels that the requirements
name by hash, so that the Dockerfile has no rules but lists.
"""

from collections.abc import Sequence
from itertools import chain

from sparkferry.image.dockerfile.model import Packed
from sparkferry.layers.model import Pin, Wheel
from sparkferry.layers.packages.bytecode import source_of
from sparkferry.layers.packages.contents import Packable, contents
from sparkferry.layers.packages.prune import left_out
from sparkferry.layers.packages.wheel_layout import place
from sparkferry.project.model import Packages


def packed(
    wheels: Sequence[Wheel], found: Sequence[Packable], pins: tuple[Pin, ...], settings: Packages
) -> Packed:
    """Return the wheels with what ships of them; ``found`` is what is known of each.

    :raises UserError: two wheels hold different files of one path.
    """
    items = [*chain.from_iterable(contents(found, settings).files.values())]
    indexes = [item.index for item in found]
    useless = {place(x.dist_info, name) for x in indexes for name in left_out(x, settings)}
    bytecode = {item.bytecode.path for item in found if item.bytecode}
    return Packed(
        wheels=tuple(wheels),
        pins=pins,
        pruned=tuple(sorted(useless - {item.path for item in items})),
        compiled=tuple(sorted(source_of(x.path) for x in items if x.wheel in bytecode)),
    )
