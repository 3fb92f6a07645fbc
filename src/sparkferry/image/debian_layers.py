"""Layers of Debian packages and of what configures them: read, compressed by the package, and joined."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.files import sha256_bytes
from sparkferry.image.debian.contents import contents_of
from sparkferry.image.debian.model import ARCHITECTURES, DebianLock, Mirror
from sparkferry.image.debian.root import (
    THREADS,
    DebianPackage,
    DebianRoot,
    Setup,
    debian_root,
    directories,
)
from sparkferry.image.entry import Entry
from sparkferry.image.layers.compressed_part import compressed_part
from sparkferry.image.layers.layer import LayerPlan, layer
from sparkferry.image.layers.tar_part import TarPart, tar_part
from sparkferry.image.model import ImageLayer, Role
from sparkferry.image.sets import FORMAT, BaseInputs
from sparkferry.layers.packages.zip_names import parents
from sparkferry.progress import Progress

_NAMES: dict[str, str] = {"base": "Debian", "debian": "Debian packages", "java": "Java"}


def debian_layers(
    base_inputs: BaseInputs, mirror: Mirror, cache: Cache, progress: Progress
) -> tuple[ImageLayer, ...]:
    """Return the layers of the sets of packages, lowest first, and above them that of their configuration.

    :raises UserError: packages do not go together, or the account's name or number is taken.
    :raises ExternalError: the mirror is out of reach or lacks a package.
    """
    root = _root(base_inputs, mirror, cache, progress)
    for text in root.warnings:
        progress.message(f"warning: {text}")
    plans = list(_plans(base_inputs, root, cache))
    made = []
    with progress.task("Debian layers", len(plans), "layers") as task:
        for plan in plans:
            made.append(layer(plan, cache))
            task.advance(1)
    return tuple(made)


def _root(base_inputs: BaseInputs, mirror: Mirror, cache: Cache, progress: Progress) -> DebianRoot:
    recipe = base_inputs.recipe
    lock = DebianLock(
        suite=recipe.suite,
        architecture=ARCHITECTURES[recipe.platform],
        seeds=(),
        packages=tuple(package for item in base_inputs.sets for package in item.packages),
    )
    setup = Setup(base=base_inputs.base.files, accounts=(recipe.account,))
    return debian_root(lock, setup, mirror, cache, progress)


def _plans(base_inputs: BaseInputs, root: DebianRoot, cache: Cache) -> Iterator[LayerPlan]:
    of = {package.locked.name: package for package in root.packages}
    for item in base_inputs.sets:
        packages = [of[locked.name] for locked in item.packages]
        if packages:
            yield _plan(
                item.role, f"{_NAMES[item.role]} {base_inputs.recipe.suite}", packages, root, cache
            )
    yield LayerPlan(
        role="java" if base_inputs.recipe.kind.java else "debian",
        name="configuration",
        key=f"debian configuration {FORMAT} {_digest(root.configuration)}",
        parts=lambda: (tar_part(root.configuration),),
    )


def _plan(
    role: Role, name: str, packages: Sequence[DebianPackage], root: DebianRoot, cache: Cache
) -> LayerPlan:
    own = [contents_of(item.path, item.locked.sha256, cache) for item in packages]
    made = directories(own, root.configuration)
    files = [path for contents in own for path in contents.files]
    # A directory that another set brings keeps the mode it has there.
    needed = {*parents(files)} - {entry.path for entry in made}
    everywhere = (*root.directories, *root.configuration)
    shared = [x for x in everywhere if x.kind == "directory" and x.path in needed]
    folders = (*made, *shared)
    keys = [f"{item.locked.sha256} {' '.join(item.without)}" for item in packages]
    return LayerPlan(
        role=role,
        name=name,
        key=f"debian {FORMAT} {sha256_bytes(msgspec.json.encode(keys))} {_digest(folders)}",
        parts=lambda: (tar_part(folders), *_pieces(packages, cache)),
    )


def _pieces(packages: Sequence[DebianPackage], cache: Cache) -> tuple[TarPart, ...]:
    with ThreadPoolExecutor(THREADS, "packages") as pool:
        return tuple(pool.map(lambda item: _piece(item, cache), packages))


def _piece(item: DebianPackage, cache: Cache) -> TarPart:
    without = sha256_bytes("\0".join(item.without).encode())
    return compressed_part(f"deb {FORMAT} {item.locked.sha256} {without}", item.entries, cache)


def _digest(entries: Iterable[Entry]) -> str:
    """Return a digest of entries whose content is in memory."""
    return sha256_bytes(msgspec.json.encode([msgspec.structs.astuple(x) for x in entries]))
