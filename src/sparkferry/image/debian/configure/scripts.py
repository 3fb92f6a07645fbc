"""Maintainer scripts that are not run: which of them would have had effects that nobody made up for."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from sparkferry.image.debian.configure.unpacked import Unpacked

KNOWN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "base-files": "system.py makes its directories, links and defaults; no login records",
        "base-passwd": "accounts.py writes passwd and group of its masters",
        "bash": "dash brings /bin/sh; the rest is a manual page",
        "ca-certificates": "certificates.py",
        "ca-certificates-java": "certificates.py writes the keystore",
        "coreutils": "/bin/touch is /usr/bin/touch",
        "dash": "/bin/sh is a link of the package; the rest is about upgrades",
        "debianutils": "system.py writes /etc/shells, alternatives.py `which`",
        "fontconfig-config": "chooses the hinting of fonts on screens; the library's defaults do",
        "gzip": "about upgrades to systems merged below /usr",
        "java-common": "system.py makes the directory of system preferences",
        "libc-bin": "loader.py and system.py",
        "libc6": "restarts services on upgrades",
        "libgcrypt20": "about upgrades from old versions",
        "libglib2.0-0": "compiles schemas and modules of desktops where there are any",
        "libselinux1": "about upgrades to systems merged below /usr",
        "netbase": "writes /etc/hosts, which the container's runtime does, and /etc/networks",
        "openjdk": "alternatives.py, system.py and certificates.py",
        "procps": "reads kernel settings on boot, which a container must not",
        "tar": "alternatives.py makes `rmt`",
        "tzdata": "system.py sets UTC",
    }
)
"""Packages whose scripts were read, with what became of their effects. ``openjdk`` is each of its
packages."""

_DEBHELPER = re.compile(
    r"^# Automatically added by (?:dh_installmenu|dh_installinit|dh_installsystemd\w*|dh_systemd\w*"
    r"|dh_installdeb|dh_installalternatives|dh_makeshlibs|dh_python3|dh_installdocs)\b.*?"
    r"^# End automatically added section$",
    re.MULTILINE | re.DOTALL,
)
"""What debhelper adds for menus, services, renamed files of older versions, alternatives, the
loader's cache and bytecode: needless here, or done by us."""

_ALTERNATIVE = re.compile(r"^\s*update-alternatives\s+--install\s[^$\n]*$", re.MULTILINE)
_HARMLESS = re.compile(
    r"|#.*|set -[eu]+|exit 0|true|:|esac|;;|fi|ldconfig|case \"\$1\" in|[\w| -]+\)|\*\)"
    r"|echo (?:[^>|;&`$(\\]|\\.|\$1)*(?:>&2)?|exit 1|if \[ \"\$1\" = \"?configure\"? \]; then"
)


def warnings(unpacked: Unpacked) -> Iterator[str]:
    """Yield a line for each script with effects that are missing in the image."""
    for name, contents in unpacked.packages.items():
        family = "openjdk" if name.startswith("openjdk-") else name
        for script, text in contents.scripts.items():
            if family not in KNOWN and has_effects(text):
                yield (
                    f"the {script} script of `{name}` was not run: see whether the image works "
                    "without what it does"
                )


def has_effects(script: str) -> bool:
    """Tell whether a maintainer script does anything that is not known to be needless."""
    rest = _DEBHELPER.sub("", script).replace("\\\n", " ")
    rest = _ALTERNATIVE.sub("", rest)
    return any(not _HARMLESS.fullmatch(line.strip()) for line in rest.splitlines())
