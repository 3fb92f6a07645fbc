"""Where the files of a package go in an image: below ``/usr``, and some of them nowhere.

Debian's systems are merged since bookworm: ``/bin`` is a link to ``usr/bin``. Its packages are only
from trixie on, so the paths of older ones are moved: a layer with a directory ``bin`` would hide the
link. Links within packages need no change, since their targets are resolved on merged systems.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ALIASED: Final = ("bin", "sbin", "lib", "lib32", "lib64", "libo32", "libx32")
"""What base-files of trixie makes links below ``usr`` of."""

LEFT_OUT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "usr/share/doc/[^/]+/(?!copyright$).+": "documentation; copyright files stay",
        "usr/share/man(/.*)?": "manual pages",
        "usr/share/info(/.*)?": "Info manuals",
        "usr/share/groff(/.*)?": "what manual pages are set with",
        "usr/share/gtk-doc(/.*)?": "documentation",
        "usr/share/help(/.*)?": "documentation",
        "usr/share/doc-base(/.*)?": "register of documentation",
        "usr/share/lintian(/.*)?": "notes for those who build packages",
        "usr/share/linda(/.*)?": "notes for those who build packages",
        "usr/share/bug(/.*)?": "what reportbug sends",
        "usr/share/menu(/.*)?": "menus of window managers",
        "usr/share/locale/(?!en($|[_@/])|locale\\.alias$).+": "translations other than English",
    }
)
"""Reason by the pattern of paths that are left out of images."""

_LEFT_OUT = re.compile("|".join(f"(?:{pattern})" for pattern in LEFT_OUT), re.DOTALL)


def is_left_out(path: str) -> bool:
    """Tell whether a file or directory is left out of images."""
    return _LEFT_OUT.fullmatch(path) is not None


def merged(path: str, *, directory: bool = False) -> str:
    """Return where ``path`` is on a merged system; what is an alias itself stays, if it is a link."""
    head, slash, _ = path.partition("/")
    return f"usr/{path}" if head in ALIASED and (slash or directory) else path


def clean(name: str) -> str:
    """Return the path of a tar member, relative to the root; empty for the root itself.

    :raises ValueError: it leads out of the image.
    """
    parts = [part for part in name.split("/") if part not in {"", "."}]
    if ".." in parts or name.startswith("/") or "\0" in name:
        raise ValueError(f"the path {name!r} leads out of the image")
    return "/".join(parts)
