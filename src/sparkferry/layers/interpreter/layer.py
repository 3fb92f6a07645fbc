"""The interpreter layer: a CPython that runs wherever there is glibc, unpacked anywhere."""

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.errors import ExternalError
from sparkferry.layers.cached import add_layer, find_layer
from sparkferry.layers.interpreter.compiler import Source, compile_sources
from sparkferry.layers.interpreter.libraries import Linked, Loader, link
from sparkferry.layers.interpreter.prefix import Prefix
from sparkferry.layers.interpreter.relocate import Newest, relocated
from sparkferry.layers.interpreter.tarball import Link, Member, write_tarball
from sparkferry.layers.interpreter.tree import activation, extension_modules, library_members
from sparkferry.layers.model import Environment, Layer
from sparkferry.progress import Progress

_FORMAT = 4
"""Raised whenever the same installation gives another layer."""


class _Packed(msgspec.Struct, frozen=True):
    """A memo: what an installation was packed to."""

    digest: str
    newest: Newest


def interpreter_layer(
    prefix: Prefix, environment: Environment, cache: Cache, progress: Progress
) -> Layer:
    """Return the layer of an installation, packed now unless it was packed before.

    :raises ExternalError: it cannot be packed, or it asks for a newer glibc than the target has.
    """
    packed = cache.memo(_key(prefix, cache), _Packed, lambda: _pack(prefix, cache, progress))
    if packed.newest.version > environment.glibc:
        raise _too_new(prefix, packed.newest, environment)
    found = find_layer(cache, "interpreter", packed.digest)
    return found or _build(prefix, cache, progress)[0]


def libraries_of(prefix: Prefix, cache: Cache) -> frozenset[str]:
    """Return the names of the shared libraries that the installation's layer holds.

    :raises ExternalError: it cannot be packed.
    """
    return frozenset(_libraries(prefix, cache))


def _libraries(prefix: Prefix, cache: Cache) -> dict[str, str]:
    """Return the file of each library that the layer holds, by name."""
    return cache.memo(
        f"interpreter libraries by name {_identity(prefix)}",
        dict[str, str],
        lambda: {name: str(path) for name, path in _linked(prefix).libraries.items()},
    )


def _key(prefix: Prefix, cache: Cache) -> str:
    """Return what the layer's bytes depend on, told by times and sizes alone."""
    libraries = sorted(_libraries(prefix, cache).values())
    return f"interpreter {_identity(prefix)} {_stamp(map(Path, libraries))}"


def _identity(prefix: Prefix) -> str:
    parts = (prefix.binary, prefix.path / prefix.stdlib, prefix.path / prefix.dynload)
    return f"{_FORMAT} {prefix} {_stamp(parts)}"


def _stamp(paths: Iterable[Path]) -> str:
    stats = ((path, path.stat()) for path in paths if path.exists())
    return " ".join(f"{path} {stat.st_size} {stat.st_mtime_ns}" for path, stat in stats)


def _pack(prefix: Prefix, cache: Cache, progress: Progress) -> _Packed:
    layer, newest = _build(prefix, cache, progress)
    return _Packed(layer.digest, newest)


def _build(prefix: Prefix, cache: Cache, progress: Progress) -> tuple[Layer, Newest]:
    linked = _linked(prefix)
    for module, library in sorted(linked.missing.items()):
        progress.message(f"left out of the interpreter: {module.name}, which lacks {library}")
    newest = [Newest((0, 0), "")]

    def write(path: Path) -> None:
        with (
            tempfile.TemporaryDirectory(dir=path.parent) as scratch,
            progress.task(f"Packing Python {prefix.version}", unit="files") as task,
        ):
            members, newest[0] = _members(prefix, linked, Path(scratch))
            write_tarball(path, members, task)

    return add_layer(cache, "interpreter", write), newest[0]


def _members(prefix: Prefix, linked: Linked, scratch: Path) -> tuple[list[Member], Newest]:
    sources = [*library_members(prefix), *activation(prefix)]
    binaries, newest = relocated(_binaries(prefix, linked), _made(scratch / "binaries"))
    bytecode = compiled(prefix, sources, _made(scratch / "bytecode"))
    names = [Member(f"bin/{name}", Link(prefix.binary.name)) for name in ("python", "python3")]
    return [*sources, *binaries, *bytecode, *names], newest


def _made(directory: Path) -> Path:
    directory.mkdir()
    return directory


def _binaries(prefix: Prefix, linked: Linked) -> dict[str, Path]:
    own = {path.relative_to(prefix.path).as_posix(): path for path in linked.files}
    return own | {f"lib/{name}": path for name, path in linked.libraries.items()}


def _linked(prefix: Prefix) -> Linked:
    loader = Loader(prefix.path / "lib", prefix.platform, system=prefix.native)
    try:
        linked = link((prefix.binary, *extension_modules(prefix)), loader.find)
    except (OSError, ValueError) as error:
        raise ExternalError(
            f"could not pack `{prefix.path}`: {error}", hint="install this Python again, or another"
        ) from error
    if prefix.binary in linked.missing:
        raise ExternalError(
            f"could not pack `{prefix.path}`: its interpreter needs {linked.missing[prefix.binary]}, "
            "which is not on this machine",
            hint="install that library, or another Python",
        )
    return linked


def _too_new(prefix: Prefix, newest: Newest, environment: Environment) -> ExternalError:
    wants, has = (".".join(map(str, item)) for item in (newest.version, environment.glibc))
    return ExternalError(
        f"could not pack `{prefix.path}`: its {newest.file} needs glibc {wants}, the target has {has}",
        hint=f"take a standalone build (`uv python install {environment.minor}`), which asks for an "
        "old glibc only, or pack on a machine as old as the target",
    )


def compiled(prefix: Prefix, members: Sequence[Member], directory: Path) -> list[Member]:
    """Return the bytecode of the sources among ``members``, made in the empty ``directory``.

    None for an installation of another platform, whose interpreter cannot be run here.

    :raises ExternalError: the interpreter fails.
    """
    if not prefix.native:
        return []
    sources = [
        Source(None, str(member.content), member.name)
        for member in members
        if isinstance(member.content, Path) and member.name.endswith(".py")
    ]
    return [Member(name, directory / name) for name in compile_sources(prefix, sources, directory)]
