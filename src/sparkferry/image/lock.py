"""The lock of images, ``sparkferry-image.lock`` beside pyproject.toml: what a rebuild uses again.

TOML, a package a line, sorted, without times or names of hosts, so that it can be committed and
compared. Each set of packages is kept by the wish that it fulfils, so that tiers, targets and
platforms with other wishes do not disturb each other; ``--upgrade`` begins anew.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from sparkferry.errors import UserError
from sparkferry.files import replacing
from sparkferry.image.debian.model import Architecture, DebianLock, Locked, PackageRequest, Suite
from sparkferry.text import read_toml_text

FILE = "sparkferry-image.lock"
_VERSION = 1
_HEAD = f"""\
# Written by `sparkferry image build`: commit it, and every build uses the same Debian packages and bases.
# `sparkferry image build --upgrade` renews it.
version = {_VERSION}
"""


class LockedBase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A base image."""

    reference: str
    """As in the settings."""
    digest: str
    """Of its index or manifest, as ``sha256:<hexadecimal>``."""


class LockedSet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The Debian packages that fulfil one wish."""

    suite: Suite
    architecture: Architecture
    seeds: tuple[str, ...]
    """What was asked for, sorted."""
    upon: str
    """What says of the packages below it all that matters: the digest of :func:`upon`."""
    packages: tuple[Locked, ...]

    @property
    def debian(self) -> DebianLock:
        """The set as the resolution gave it."""
        return DebianLock(
            suite=self.suite,
            architecture=self.architecture,
            seeds=self.seeds,
            packages=self.packages,
        )


class ImageLock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that is locked."""

    version: int = _VERSION
    bases: tuple[LockedBase, ...] = ()
    debian: tuple[LockedSet, ...] = ()

    def base(self, reference: str) -> str | None:
        """Return the digest of a base, or None if it is not locked."""
        return next((x.digest for x in self.bases if x.reference == reference), None)

    def packages(self, wish: PackageRequest) -> DebianLock | None:
        """Return what fulfils the wish, or None if nothing locked does."""
        key = _key(wish)
        return next((x.debian for x in self.debian if _of(x) == key), None)

    def with_base(self, reference: str, digest: str) -> "ImageLock":
        """Return the lock with this base in it."""
        others = [x for x in self.bases if x.reference != reference]
        return msgspec.structs.replace(
            self, bases=(*others, LockedBase(reference=reference, digest=digest))
        )

    def with_packages(self, wish: PackageRequest, found: DebianLock) -> "ImageLock":
        """Return the lock with the packages that fulfil the wish in it."""
        suite, architecture, seeds, below = _key(wish)
        new = LockedSet(
            suite=suite,
            architecture=architecture,
            seeds=seeds,
            upon=below,
            packages=found.packages,
        )
        others = [x for x in self.debian if _of(x) != _key(wish)]
        return msgspec.structs.replace(self, debian=(*others, new))


def read_lock(root: Path) -> ImageLock:
    """Return the lock of the project in ``root``; an empty one where there is none.

    :raises UserError: it cannot be read.
    """
    path = root / FILE
    try:
        lock = msgspec.toml.decode(read_toml_text(path), type=ImageLock)
    except FileNotFoundError:
        return ImageLock()
    except msgspec.MsgspecError as error:
        raise UserError(
            f"could not read `{FILE}`: {error}",
            hint="restore it from version control, or remove it: the next build writes it anew",
        ) from error
    if lock.version != _VERSION:
        raise UserError(
            f"could not read `{FILE}`: it has version {lock.version}, and this sparkferry reads "
            f"{_VERSION}",
            hint="update sparkferry, or build with `--upgrade`",
        )
    return lock


def write_lock(root: Path, lock: ImageLock) -> None:
    """Write the lock of the project in ``root``, whole or not at all; one that says the same stays.

    :raises OSError: the project cannot be written.
    """
    path = root / FILE
    data = "".join(_lines(lock)).encode()
    if not path.is_file() or path.read_bytes() != data:
        with replacing(path) as stream:
            stream.write(data)


def _key(wish: PackageRequest) -> tuple[Suite, Architecture, tuple[str, ...], str]:
    return wish.suite, wish.architecture, tuple(sorted(set(wish.seeds))), upon(wish)


def _of(found: LockedSet) -> tuple[Suite, Architecture, tuple[str, ...], str]:
    return found.suite, found.architecture, found.seeds, found.upon


def upon(wish: PackageRequest) -> str:
    """Return a digest of what the wish's base has, empty where it has nothing."""
    from sparkferry.files import sha256_bytes

    if not wish.installed:
        return ""
    return sha256_bytes(
        msgspec.json.encode(sorted(wish.installed, key=lambda x: (x.name, x.architecture)))
    )


def _lines(lock: ImageLock) -> Iterator[str]:
    yield _HEAD
    for base in sorted(lock.bases, key=lambda x: x.reference):
        yield f"\n[[bases]]\nreference = {_text(base.reference)}\ndigest = {_text(base.digest)}\n"
    for found in sorted(lock.debian, key=_of):
        yield "\n[[debian]]\n"
        yield f"suite = {_text(found.suite)}\narchitecture = {_text(found.architecture)}\n"
        yield f"seeds = {_texts(found.seeds)}\nupon = {_text(found.upon)}\npackages = [\n"
        for package in found.packages:
            yield f"  {{ {_fields(package)} }},\n"
        yield "]\n"


def _fields(package: Locked) -> str:
    fields = msgspec.structs.asdict(package)
    given = {name: value for name, value in fields.items() if value != ""}
    return ", ".join(f"{name} = {_text(value)}" for name, value in given.items())


def _texts(values: Sequence[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"


def _text(value: object) -> str:
    """Return a text or number as TOML has it, which for these is as JSON has it."""
    return json.dumps(value)
