"""Locked packages become pieces of an image's layers: the one way in for who builds images."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.errors import UserError
from sparkferry.image.debian.configure.accounts import accounts
from sparkferry.image.debian.configure.alternatives import alternatives
from sparkferry.image.debian.configure.certificates import certificates
from sparkferry.image.debian.configure.ld_so_cache import ld_so_cache
from sparkferry.image.debian.configure.scripts import warnings
from sparkferry.image.debian.configure.status import status
from sparkferry.image.debian.configure.system import system
from sparkferry.image.debian.configure.unpacked import Account, Unpacked
from sparkferry.image.debian.contents import Contents, contents_of
from sparkferry.image.debian.entries import entries_of
from sparkferry.image.debian.fetch import fetch_debs
from sparkferry.image.debian.model import DebianLock, Locked, Mirror
from sparkferry.image.debian.relation import parse_relations
from sparkferry.image.entry import Entry
from sparkferry.progress import Progress

THREADS = 2
"""Packages that are read at a time: as many are in memory, each up to its largest file."""


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What the packages of an image are configured for."""

    base: dict[str, bytes] = {}
    """Content of the base image's files that `is_wanted_of_base` names, by path; empty where the
    base is made of packages."""
    accounts: tuple[Account, ...] = ()


class DebianPackage(msgspec.Struct, frozen=True, kw_only=True):
    """One package of an image, as a piece of a layer."""

    locked: Locked
    path: Path
    """The .deb, in the cache."""
    without: tuple[str, ...] = ()
    """Paths that another package of the image, or its configuration, has in this one's place."""

    def entries(self) -> Iterator[Entry]:
        """Yield the package's files and links, in the order of its archive; no directories.

        They depend on ``locked.sha256`` and ``without`` alone.

        :raises ExternalError: the package is damaged or dangerous.
        """
        return entries_of(self.path, frozenset(self.without))


class DebianRoot(msgspec.Struct, frozen=True, kw_only=True):
    """Packages and their configuration: pieces that together name each path once.

    In a layer: ``directories``, then each of ``packages``, then ``configuration``.
    """

    directories: tuple[Entry, ...]
    """Of all packages, sorted by path."""
    packages: tuple[DebianPackage, ...]
    configuration: tuple[Entry, ...]
    """What maintainer scripts would have made, sorted by path."""
    warnings: tuple[str, ...]
    """One line for each maintainer script whose effects nobody made up for."""


def debian_root(
    lock: DebianLock, setup: Setup, mirror: Mirror, cache: Cache, progress: Progress
) -> DebianRoot:
    """Return the locked packages as pieces of layers; fetched if need be, by their SHA-256.

    :raises UserError: packages do not go together, or an account's name or number is taken.
    :raises ExternalError: the mirror is out of reach or lacks a package, or a package is damaged.
    """
    paths = fetch_debs(lock.packages, mirror, cache, progress)
    found = _contents(lock.packages, paths, cache)
    unpacked = Unpacked(architecture=lock.architecture, packages=found, base=setup.base)
    made = configuration(unpacked, setup.accounts)
    without = replaced(found, {entry.path for entry in made if entry.kind != "directory"})
    return DebianRoot(
        directories=directories(found.values(), made),
        packages=tuple(
            DebianPackage(locked=locked, path=path, without=without[locked.name])
            for locked, path in zip(lock.packages, paths, strict=True)
        ),
        configuration=made,
        warnings=tuple(warnings(unpacked)),
    )


def read_packages(
    packages: Sequence[Locked], mirror: Mirror, cache: Cache, progress: Progress
) -> dict[str, Contents]:
    """Return what each of the packages holds, by name; fetched if need be, by their SHA-256.

    :raises ExternalError: the mirror is out of reach or lacks a package, or a package is damaged.
    """
    return _contents(packages, fetch_debs(packages, mirror, cache, progress), cache)


def _contents(
    packages: Sequence[Locked], paths: Sequence[Path], cache: Cache
) -> dict[str, Contents]:
    def of(locked: Locked, path: Path) -> Contents:
        return contents_of(path, locked.sha256, cache)

    with ThreadPoolExecutor(THREADS, "contents") as pool:
        names = (locked.name for locked in packages)
        return dict(zip(names, pool.map(of, packages, paths), strict=True))


def configuration(unpacked: Unpacked, wanted: tuple[Account, ...]) -> tuple[Entry, ...]:
    """Return what maintainer scripts would have made, sorted by path."""
    made = (
        *system(unpacked),
        *accounts(unpacked, wanted),
        *alternatives(unpacked),
        *certificates(unpacked),
        *ld_so_cache(unpacked),
        *status(unpacked),
    )
    by_path = {entry.path: entry for entry in made}
    return tuple(entry for _, entry in sorted(by_path.items()))


def directories(packages: Iterable[Contents], made: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the directories of all packages but those that the configuration has.

    Where packages do not agree on one, the first wins, as it does for dpkg.

    :raises UserError: a package has a directory where another one has a file or link.
    """
    known = [(contents.fields["package"], contents) for contents in packages]
    others = {path: name for name, contents in known for path in contents.files}
    found: dict[str, Entry] = {}
    for name, contents in known:
        for item in contents.directories:
            if item.path in others:
                raise _clash(name, others[item.path], item.path)
            entry = Entry(
                path=item.path, kind="directory", mode=item.mode, uid=item.uid, gid=item.gid
            )
            found.setdefault(item.path, entry)
    for entry in made:
        found.pop(entry.path, None)
    return tuple(entry for _, entry in sorted(found.items()))


def replaced(packages: dict[str, Contents], made: set[str]) -> dict[str, tuple[str, ...]]:
    """Return the paths that each package leaves to others.

    :raises UserError: two packages have a file of one path, and neither replaces the other's.
    """
    owners: dict[str, str] = {}
    without: dict[str, list[str]] = {name: [] for name in packages}
    for name, contents in packages.items():
        for path in contents.files:
            other = owners.get(path)
            if path in made:
                without[name].append(path)
            elif other is None:
                owners[path] = name
            elif _replaces(contents, other):
                without[other].append(path)
                owners[path] = name
            elif _replaces(packages[other], name):
                without[name].append(path)
            else:
                raise _clash(name, other, path)
    return {name: tuple(paths) for name, paths in without.items()}


def _replaces(contents: Contents, other: str) -> bool:
    groups = parse_relations(contents.fields.get("replaces", ""))
    return any(relation.name == other for group in groups for relation in group)


def _clash(name: str, other: str, path: str) -> UserError:
    return UserError(
        f"could not put `{name}` and `{other}` into one image: both have `/{path}`",
        hint="leave one of the two out",
    )
