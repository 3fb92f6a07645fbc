"""What the maintainer scripts of the base's own packages do: base-files, tzdata and others."""

from collections.abc import Iterator

from sparkferry.image.debian.configure.unpacked import Unpacked, directory, lines, symlink, text
from sparkferry.image.debian.paths import ALIASED
from sparkferry.image.entry import Entry

_MAIL = 8
"""Number of the group ``mail`` in base-passwd."""

_DEFAULTS = {
    "dot.profile": "root/.profile",
    "dot.bashrc": "root/.bashrc",
    "profile": "etc/profile",
    "motd": "etc/motd",
}
"""Where base-files puts its defaults."""

_NSSWITCH = "usr/share/libc-bin/nsswitch.conf"
_SHELLS = "usr/share/debianutils/shells"


def system(unpacked: Unpacked) -> Iterator[Entry]:
    """Yield what the packages that are there would have set up."""
    if "base-files" in unpacked.packages:
        yield from _links_below_usr(unpacked)
        yield from _base_files(unpacked)
    if "tzdata" in unpacked.packages:
        yield symlink("etc/localtime", "/usr/share/zoneinfo/Etc/UTC")
        yield Entry(path="etc/timezone", content=b"Etc/UTC\n")
    if "libc-bin" in unpacked.packages:
        yield Entry(path="etc/nsswitch.conf", content=unpacked.file(_NSSWITCH) or b"")
    if any(name.startswith("openjdk-") for name in unpacked.packages):
        yield from _java_preferences()
    yield from _shells(unpacked)


def _links_below_usr(unpacked: Unpacked) -> Iterator[Entry]:
    """Yield /bin and its like, unless base-files has them itself, as from trixie on."""
    wanted = [*ALIASED[:3], *(("lib64",) if unpacked.architecture == "amd64" else ())]
    for name in wanted:
        if not unpacked.has(name):
            yield symlink(name, f"usr/{name}")


def _base_files(unpacked: Unpacked) -> Iterator[Entry]:
    yield symlink("etc/dpkg/origins/default", "debian")
    for name, path in _DEFAULTS.items():
        yield Entry(path=path, content=unpacked.file(f"usr/share/base-files/{name}") or b"")
    for path in ("mnt", "srv", "opt", "etc/opt", "var/opt", "media"):
        yield directory(path)
    yield directory("var/mail", 0o2775, _MAIL)
    yield symlink("var/spool/mail", "../mail")
    yield directory("run/lock", 0o1777)
    yield symlink("var/run", "/run")
    yield symlink("var/lock", "/run/lock")
    yield directory("usr/local")
    for name in ("bin", "etc", "games", "include", "lib", "sbin", "share", "src"):
        yield directory(f"usr/local/{name}")


def _java_preferences() -> Iterator[Entry]:
    """Yield the system's preferences, which java.util.prefs complains about when it misses them."""
    place = "etc/.java/.systemPrefs"
    yield directory("etc/.java")
    yield directory(place)
    yield Entry(path=f"{place}/.system.lock")
    yield Entry(path=f"{place}/.systemRootModFile")


def _shells(unpacked: Unpacked) -> Iterator[Entry]:
    """Yield /etc/shells as ``update-shells`` writes it: each shell by both of its paths."""
    found = unpacked.below(_SHELLS)
    if not found:
        return
    begin = list(lines(unpacked.base.get("etc/shells") or found.get(_SHELLS)))
    known = dict.fromkeys(begin)
    for content in found.values():
        for shell in (line for line in lines(content) if line.startswith("/")):
            known.setdefault(shell)
            known.setdefault(shell if shell.startswith("/usr/") else f"/usr{shell}")
    if list(known) != list(lines(unpacked.base.get("etc/shells"))):
        yield Entry(path="etc/shells", content=text(list(known)))
