"""CPython installations on this machine: which there are, and which one a target gets.

Nothing is started to find them: they are looked for where uv, pyenv, the system and PATH keep
them. Each is asked once what it is, and remembered for as long as its binary does not change.
"""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.base.elf import read_platform
from sparkferry.base.platforms import Platform
from sparkferry.errors import ExternalError
from sparkferry.paths import home
from sparkferry.process import PROBE, attempt

_FORMAT = 1
"""Raised whenever the same binary is described otherwise."""

_NAME = re.compile(r"python3\.(\d+)")
_MANAGED = re.compile(r"cpython-(?P<version>3\.\d+\.\d+)-linux-(?P<machine>\w+)-gnu")
_DESCRIBE = Path(__file__).with_name("describe_prefix.py")


class Prefix(msgspec.Struct, frozen=True, kw_only=True):
    """One CPython installation; the other paths are relative to its directory."""

    directory: str
    """Absolute."""
    version: str
    """Full version, as ``3.12.1``."""
    platform: Platform
    stdlib: str
    """The standard library, as ``lib/python3.12``."""
    dynload: str
    """The extension modules of the standard library."""
    include: str
    """The headers; the directory may be missing."""
    site: str
    """Where it looks for packages and ``.pth`` files: three levels below its directory."""
    managed: bool = False
    """Whether it is a standalone build, as uv installs them: those ask for an old glibc only."""
    native: bool = True
    """Whether this machine can run it."""

    @property
    def path(self) -> Path:
        """The installation's directory."""
        return Path(self.directory)

    @property
    def minor(self) -> int:
        """The minor version, as 12."""
        return int(self.version.split(".")[1])

    @property
    def binary(self) -> Path:
        """The interpreter itself."""
        return self.path / "bin" / f"python3.{self.minor}"


class Facts(msgspec.Struct, frozen=True):
    """What ``describe_prefix.py`` prints, with absolute paths."""

    implementation: str
    version: str
    release: bool
    threaded: bool
    libc: str
    prefix: str
    stdlib: str
    dynload: str
    include: str
    sites: tuple[str, ...]


class _Answer(msgspec.Struct, frozen=True):
    """A memo: the prefix, or nothing where the binary is not one that can be packed."""

    prefix: Prefix | None


def running_prefix() -> Path:
    """Return the installation whose interpreter runs this process, virtual environments resolved."""
    return Path(sys.base_prefix).resolve()


def find_prefixes(cache: Cache, minors: range, managed: Path | None = None) -> tuple[Prefix, ...]:
    """Return the installations whose minor version is in ``minors``, each once, sorted by path.

    ``managed`` is a further directory of standalone builds, beside uv's own.
    """
    standalone = [uv_directory(), *([managed] if managed else [])]
    found: dict[Path, Prefix] = {}
    for binary in sorted(_binaries(minors, standalone)):
        prefix = _examine(binary, cache, any(binary.is_relative_to(place) for place in standalone))
        if prefix:
            found.setdefault(prefix.binary, prefix)
    return tuple(found[binary] for binary in sorted(found))


def uv_directory() -> Path:
    """Return the directory in which uv keeps the interpreters that it installed.

    After uv's documentation: ``UV_PYTHON_INSTALL_DIR``, else ``uv/python`` in the user's data.
    """
    named = os.environ.get("UV_PYTHON_INSTALL_DIR")
    data = Path(os.environ.get("XDG_DATA_HOME") or home() / ".local/share")
    return (Path(named) if named else data / "uv/python").resolve()


def _binaries(minors: range, standalone: list[Path]) -> set[Path]:
    pyenv = Path(os.environ.get("PYENV_ROOT") or home() / ".pyenv")
    path = (Path(part) for part in os.environ.get("PATH", "").split(os.pathsep) if part)
    places = [running_prefix() / "bin", Path("/usr/local/bin"), Path("/usr/bin"), *path]
    for parent in (*standalone, pyenv / "versions"):
        with suppress(OSError):  # of another user, or not there
            places += [child / "bin" for child in parent.iterdir()]
    return {binary for place in places for binary in _named(place, minors)}


def _named(place: Path, minors: range) -> Iterator[Path]:
    for minor in minors:
        binary = place / f"python3.{minor}"
        with suppress(OSError):
            if binary.is_file():
                yield binary.resolve()


def _examine(binary: Path, cache: Cache, managed: bool) -> Prefix | None:
    stat = binary.stat()
    key = f"prefix {_FORMAT} {binary} {stat.st_size} {stat.st_mtime_ns} {managed}"
    return cache.memo(key, _Answer, lambda: _Answer(_describe(binary, managed))).prefix


def _describe(binary: Path, managed: bool) -> Prefix | None:
    platform = read_platform(binary)
    if platform is None or _NAME.fullmatch(binary.name) is None:
        return None
    if platform != host_platform():
        return _standalone(binary, platform) if managed else None
    try:
        done = attempt([str(binary), "-B", "-I", "-S", "-c", _DESCRIBE.read_text()], timeout=PROBE)
    except ExternalError:
        return None
    if done.code:
        return None
    prefix = as_prefix(msgspec.json.decode(done.stdout, type=Facts), managed)
    return prefix if prefix and prefix.binary.is_file() else None


def as_prefix(facts: Facts, managed: bool) -> Prefix | None:
    """Return the installation, or None where it is not a release of CPython with glibc and the lock."""
    usable = facts.implementation == "cpython" and facts.libc == "glibc" and facts.release
    platform = host_platform()
    site = _site(facts)
    if not usable or facts.threaded or platform is None or site is None:
        return None
    return Prefix(
        directory=facts.prefix,
        version=facts.version,
        platform=platform,
        stdlib=os.path.relpath(facts.stdlib, facts.prefix),
        dynload=os.path.relpath(facts.dynload, facts.prefix),
        include=os.path.relpath(facts.include, facts.prefix),
        site=site,
        managed=managed,
    )


def _site(facts: Facts) -> str | None:
    """Return the site directory that belongs to this minor version alone.

    Debian's interpreter names three, of which one is three levels deep and its own.
    """
    minor = "python" + ".".join(facts.version.split(".")[:2])
    for site in reversed(facts.sites):
        relative = os.path.relpath(site, facts.prefix)
        parts = Path(relative).parts
        if len(parts) == 3 and parts[1] == minor:
            return relative
    return None


def _standalone(binary: Path, platform: Platform) -> Prefix | None:
    """Describe a standalone build of another platform, which cannot be asked, by its fixed layout."""
    path = binary.parent.parent
    named = _MANAGED.fullmatch(path.name)
    if named is None:
        return None
    library = f"lib/{binary.name}"
    return Prefix(
        directory=str(path),
        version=named["version"],
        platform=platform,
        stdlib=library,
        dynload=f"{library}/lib-dynload",
        include=f"include/{binary.name}",
        site=f"{library}/site-packages",
        managed=True,
        native=False,
    )


def host_platform() -> Platform | None:
    """Return the platform that this process runs on; None where no cluster runs on such."""
    machines: dict[str, Platform] = {"x86_64": "linux/amd64", "aarch64": "linux/arm64"}
    return machines.get(os.uname().machine) if sys.platform == "linux" else None
