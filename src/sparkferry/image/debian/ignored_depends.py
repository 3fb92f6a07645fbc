"""Dependencies that are not followed: what they are there for happens otherwise, or never.

The maintainer scripts of packages are not run, so what only they call is not needed; and two
libraries serve what no container does. Each entry is a decision, with its reason; whoever wants
such a package names it among the packages of the image.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ANY: Final = "*"
"""In place of a package's name: of every package."""

CUTS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        (ANY, "debconf"): "asks questions for maintainer scripts, which are not run",
        (ANY, "cdebconf"): "asks questions for maintainer scripts, which are not run",
        (ANY, "dpkg"): "runs maintainer scripts and keeps diversions; neither happens here",
        (ANY, "install-info"): "updates the index of Info manuals, which are left out",
        (ANY, "init-system-helpers"): "starts and stops services for maintainer scripts",
        (ANY, "adduser"): "adds users for maintainer scripts; accounts are written by us",
        (ANY, "ucf"): "merges configuration files for maintainer scripts on upgrades",
        (ANY, "sensible-utils"): "chooses an editor or pager for people; called by ucf",
        ("base-passwd", "libdebconfclient0"): "only `update-passwd` asks questions through it",
        ("ca-certificates", "openssl"): "only `update-ca-certificates` calls it; hash links, "
        "bundle and /usr/lib/ssl are written by us",
        ("openjdk", "util-linux"): "only the maintainer script calls `mountpoint`",
        (
            "openjdk",
            "libcups2",
        ): "prints; opened when Java prints and not before, and from trixie on "
        "Debian's own package does without",
        (
            "openjdk",
            "libasound2",
        ): "plays sounds; loaded when Java does, and from trixie on Debian's "
        "own package does without",
    }
)
"""Reason by package and the name that it depends on. ``openjdk`` stands for each of its packages."""


def reason_of_cut(package: str, wanted: str) -> str | None:
    """Return why ``package``'s dependency on ``wanted`` is not followed; None if it is."""
    family = "openjdk" if package.startswith("openjdk-") else package
    return CUTS.get((family, wanted)) or CUTS.get((ANY, wanted))
