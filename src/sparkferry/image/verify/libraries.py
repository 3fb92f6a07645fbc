"""Shared libraries that the Python packages of an image need."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from posixpath import join, normpath

from sparkferry.base.elf import Elf
from sparkferry.errors import Diagnostic
from sparkferry.image.debian.model import ARCHITECTURES
from sparkferry.image.model import LIBRARIES_LABEL
from sparkferry.image.rootfs.model import RootFs
from sparkferry.image.verify.loader import ImageLoader, is_configuration, is_versioned
from sparkferry.image.verify.model import CheckInput
from sparkferry.layers.libraries.debian import described
from sparkferry.layers.libraries.findings import OTHERWISE, damaged, findings
from sparkferry.layers.libraries.model import Binary, PackageLibraries
from sparkferry.layers.libraries.resolve import missing

_PACKAGES = re.compile(r"(?:^|/)(?:site-packages|dist-packages|opt/sparkferry/(?:packages|code))/")
"""Directories of Python packages."""

_TEXTS = (".py", ".pyc", ".pyi", ".txt", ".json", ".h", ".js", ".md", ".csv")
_RECORD = re.compile(r"(?:^|/)(?P<name>[^/]+)-(?P<version>[^/-]+)\.dist-info/RECORD$")
"""The list of a package's files (the binary distribution format)."""


def is_asked(path: str) -> bool:
    """Whether the check wants to see what a file says as an ELF file."""
    if _PACKAGES.search(path):
        return not path.endswith(_TEXTS)
    return is_versioned(path)


def is_kept(path: str) -> bool:
    """Whether the check wants to see the whole content of a file."""
    return is_configuration(path) or _RECORD.search(path) is not None


def check_libraries(subject: CheckInput) -> Iterator[Diagnostic]:
    """Check that whatever libraries packages are linked to are in the image, and new enough."""
    platform = next((x for x in ARCHITECTURES if x == subject.config.platform), None)
    everything = _shipped("", _files(subject.rootfs), subject.rootfs)
    if platform is None or not (everything.binaries or everything.damaged):
        return
    place, optional = ImageLoader(subject, platform), _optional(subject)
    if everything.damaged or missing((everything,), platform, place, optional):
        packages = tuple(_by_package(subject.rootfs))
        found = missing(packages, platform, place, optional)
        yield from findings(found, "the image", _hint, "error")
        yield from damaged(packages)


def _optional(subject: CheckInput) -> list[str]:
    return (subject.config.config.labels or {}).get(LIBRARIES_LABEL, "").split()


def _files(rootfs: RootFs) -> tuple[str, ...]:
    return tuple(x for x, node in rootfs.nodes.items() if node.elf and _PACKAGES.search(x))


def _by_package(rootfs: RootFs) -> Iterator[PackageLibraries]:
    owners = dict(_owners(rootfs))
    files = defaultdict[str, list[str]](list)
    for path in _files(rootfs):
        files[owners.get(path, "")].append(path)
    for title, paths in sorted(files.items()):
        yield _shipped(title, paths, rootfs)


def _shipped(title: str, paths: Sequence[str], rootfs: RootFs) -> PackageLibraries:
    name, _, version = title.partition(" ")
    found = {f"/{path}": rootfs.nodes[path].elf for path in paths}
    return PackageLibraries(
        package=name,
        version=version,
        binaries=tuple(
            Binary(path=path, elf=elf)
            for path, elf in found.items()
            if isinstance(elf, Elf) and elf.loadable
        ),
        damaged=tuple(path for path, elf in found.items() if elf == "damaged"),
    )


def _owners(rootfs: RootFs) -> Iterator[tuple[str, str]]:
    """Yield the files of each installed package, with its name and version."""
    for path in rootfs.contents:
        if found := _RECORD.search(path):
            title = f"{re.sub(r'[-_.]+', '-', found['name']).lower()} {found['version']}"
            directory = normpath(join(path, "../.."))
            for line in rootfs.text(path).splitlines():
                name = line.rsplit(",", 2)[0].strip('"')
                yield normpath(join(directory, name)), title


def _hint(library: str) -> str:
    return (
        f"add the Debian package that brings it ({described(library)}), in images of sparkferry by "
        f"`packages` of [tool.sparkferry.image], {OTHERWISE}, in other images in the label "
        f"`{LIBRARIES_LABEL}`"
    )
