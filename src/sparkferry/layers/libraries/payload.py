"""What ships, as far as its shared libraries are concerned."""

import msgspec

from sparkferry.base.platforms import Platform
from sparkferry.layers.libraries.code import read_code
from sparkferry.layers.libraries.model import PackageLibraries
from sparkferry.layers.model import Wheel
from sparkferry.project.model import Packages, Project
from sparkferry.snapshot.model import Snapshot


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """What ships."""

    wheels: tuple[Wheel, ...]
    code: PackageLibraries
    settings: Packages
    platform: Platform


def payload_of(
    project: Project, snapshot: Snapshot, wheels: tuple[Wheel, ...], platform: Platform
) -> Payload:
    """Return the wheels and the project's own code.

    :raises UserError: an ``include`` pattern is not valid.
    """
    return Payload(
        wheels=wheels,
        code=read_code(project, snapshot),
        settings=project.settings.packages,
        platform=platform,
    )
