"""Which Debian package brings a library, told by its name."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_GLIB = ("libglib2.0-0", "libglib2.0-0t64")

EXCEPTIONS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "libGLESv2.so.2": ("libgles2",),
        "libGLU.so.1": ("libglu1-mesa",),
        "libatk-1.0.so.0": ("libatk1.0-0", "libatk1.0-0t64"),
        "libatk-bridge-2.0.so.0": ("libatk-bridge2.0-0", "libatk-bridge2.0-0t64"),
        "libbrotlidec.so.1": ("libbrotli1",),
        "libbrotlienc.so.1": ("libbrotli1",),
        "libexslt.so.0": ("libxslt1.1",),
        "libgdk-x11-2.0.so.0": ("libgtk2.0-0", "libgtk2.0-0t64"),
        "libgio-2.0.so.0": _GLIB,
        "libglib-2.0.so.0": _GLIB,
        "libgmodule-2.0.so.0": _GLIB,
        "libgobject-2.0.so.0": _GLIB,
        "libgthread-2.0.so.0": _GLIB,
        "libgtk-x11-2.0.so.0": ("libgtk2.0-0", "libgtk2.0-0t64"),
        "libgstreamer-1.0.so.0": ("libgstreamer1.0-0",),
        "liblber-2.5.so.0": ("libldap-2.5-0",),
        "liblber.so.2": ("libldap2",),
        "libmpi.so.40": ("libopenmpi3", "libopenmpi40"),
        "libnssutil3.so": ("libnss3",),
        "libplc4.so": ("libnspr4",),
        "libplds4.so": ("libnspr4",),
        "libpython3.11.so.1.0": ("libpython3.11",),
        "libpython3.13.so.1.0": ("libpython3.13",),
        "librsvg-2.so.2": ("librsvg2-2",),
        "libsmime3.so": ("libnss3",),
        "libssl3.so": ("libnss3",),
        "libxml2.so.2": ("libxml2",),
        "libxslt.so.1": ("libxslt1.1",),
        "libz.so.1": ("zlib1g",),
    }
)
"""Packages in Debian's bookworm and trixie, the older name first, whose name is not made of their
library's (their lists of files)."""

_ENDINGS = ("", "t64", "v5", "t64v5")
"""What names got at transitions: of the C++ library (2015) and of 64-bit times (2024)."""


def package_names(library: str) -> tuple[str, ...]:
    """Return the names that the Debian package of ``library`` may have, the likeliest first."""
    if library in EXCEPTIONS:
        return EXCEPTIONS[library]
    names = [_policy(library), _policy(_major(library))]
    return tuple(dict.fromkeys(f"{name}{ending}" for ending in _ENDINGS for name in names if name))


def described(library: str) -> str:
    """Return what is known of the Debian package of ``library`` without its list of files."""
    name = next(iter(package_names(library)), None)
    return f"which should be `{name}`" if name else f"see `apt-file search {library}`"


def _policy(library: str) -> str:
    """Return the package's name as Debian Policy 4.7, section 8.1, makes it of a SONAME.

    Its footnote gives the rule as a sed script, which this is.
    """
    if ".so" not in library or "/" in library:
        return ""
    name = re.sub(r"([0-9])\.so\.", r"\1-", library, count=1)
    name = re.sub(r"\.so(\.|$)", "", name, count=1).replace("_", "-").lower()
    return name if re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", name) else ""


def _major(library: str) -> str:
    """Return the name with the first number of its version alone: some link to a file's full name."""
    return re.sub(r"(\.so\.\d+)\..*", r"\1", library)
