"""Starts the interpreter of an image, where this machine can: a small copy of it, in namespaces of its own.

Nothing of the machine is in reach of it: another root, no network, no privileges.
"""

import os
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

import msgspec

from sparkferry.base.elf import read_platform
from sparkferry.errors import Diagnostic, ExternalError
from sparkferry.image.examine.model import InspectedImage
from sparkferry.image.rootfs.model import Node, RootFs, physical
from sparkferry.image.rootfs.stream import read_entries
from sparkferry.image.verify.model import error
from sparkferry.process import Completed, attempt, redact

SECONDS = 60
"""Time that the interpreter has to start."""

_PROGRAM = "import sys, json, pickle, socket, zlib; print('.'.join(map(str, sys.version_info[:3])))"
_NOBODY = "65534"
_LIBRARY = re.compile(r"(?:usr/)?lib(?:64|32)?/(?:[\w-]+-linux-\w+/)?[^/]+\.so[^/]*")
_LOADER = re.compile(r"etc/ld\.so\.[^/]+(?:/[^/]+)?")
_IDLE = re.compile(r"/(?:site-packages|dist-packages|test|tests|idlelib|ensurepip|__pycache__)/")


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    version: str | None = None
    """Of Python; None unless it started."""
    not_tried: str | None = None
    """Why it was not tried."""
    finding: Diagnostic | None = None
    """How it failed."""


def start_interpreter(specimen: InspectedImage, rootfs: RootFs, path: str) -> Start:
    """Start the interpreter at ``path`` of the image.

    :raises ExternalError: a layer cannot be read.
    :raises OSError: there is no room for the copy.
    """
    if reason := _obstacle(specimen, rootfs, path):
        return Start(not_tried=reason)
    with tempfile.TemporaryDirectory(prefix="sparkferry-start-") as temporary:
        root = Path(temporary)
        root.chmod(0o755)
        _copy(specimen, rootfs, path, root)
        (root / "proc").mkdir(exist_ok=True)  # ld.so asks there where a program is, for $ORIGIN
        done = attempt([*_confined(f"--root={root}"), path, "-I", "-c", _PROGRAM], env=_ENV)
    if done.code:
        said = redact((done.stderr or done.stdout).decode("utf-8", "replace").strip())[-500:]
        return Start(
            finding=error(
                f"the interpreter `{path}` does not start: exit code {done.code}: {said}",
                "see that its libraries are in the image, for this platform",
            )
        )
    return Start(version=done.text)


_ENV = {"PATH": os.defpath, "LANG": "C.UTF-8"}


def _obstacle(specimen: InspectedImage, rootfs: RootFs, path: str) -> str | None:
    platform, host = specimen.config.platform, read_platform(Path(sys.executable))
    if platform != host:
        return f"the image is for {platform}, and this machine is {host or 'another'}"
    if rootfs.resolve(path) is None:
        return "it is not in the image"
    try:
        able = attempt([*_confined(), "true"], env=_ENV)
    except ExternalError as missing:
        return missing.message
    return None if able.code == 0 else f"this machine allows no namespaces: {_line(able)}"


def _line(done: Completed) -> str:
    return done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]


def _confined(*options: str) -> list[str]:
    """Return what comes before a command that runs as nobody, with nothing of this machine."""
    nobody = ("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups")
    privileged = (*nobody, "--no-new-privs") if os.geteuid() == 0 else ()
    spaces = (
        "--user",
        "--map-root-user",
        "--net",
        "--ipc",
        "--uts",
        "--pid",
        "--mount-proc",
        "--fork",
        "--kill-child",
    )
    return [
        "timeout",
        "--kill-after=5",
        str(SECONDS),
        *privileged,
        "unshare",
        *spaces,
        *options,
        "--",
    ]


def _copy(specimen: InspectedImage, rootfs: RootFs, path: str, root: Path) -> None:
    wanted = needed(rootfs, path)
    for place, node in wanted.items():
        _make_empty(root / place, node)
    for number in sorted({node.layer for node in wanted.values() if node.kind == "file"}):
        with specimen.layers[number].open() as stream:
            _copy_layer(read_entries(stream, number, lambda _, size: size), rootfs, wanted, root)
    for place, node in wanted.items():
        if node.kind == "hardlink":
            os.link(root / node.target, root / place)


def _copy_layer(
    entries: Iterable[tuple[str, Node, bytes | None]],
    rootfs: RootFs,
    wanted: Mapping[str, Node],
    root: Path,
) -> None:
    for name, node, content in entries:
        parent, _, last = name.rpartition("/")
        place = f"{physical(rootfs.nodes, parent)}/{last}".removeprefix("/")
        final = wanted.get(place)
        # What became a link must not be written through: it may lead to this machine's files.
        if content is not None and final and (final.kind, final.layer) == ("file", node.layer):
            (root / place).write_bytes(content)
            (root / place).chmod(0o755)


def needed(rootfs: RootFs, path: str) -> Mapping[str, Node]:
    """Return what the interpreter at ``path`` needs to start, what is above before what is below.

    That is itself, its library, shared libraries of the system, and all directories and links.
    """
    place = rootfs.resolve(path) or ""
    own = _own(str(PurePosixPath(place).parent.parent))
    chosen = {name for name in rootfs.nodes if name == place or _is_needed(name, own)}
    links = [rootfs.nodes[name] for name in chosen if rootfs.nodes[name].kind == "hardlink"]
    chosen.update(node.target for node in links)
    return {
        name: node
        for name, node in rootfs.nodes.items()
        if name in chosen or node.kind in {"directory", "symlink"}
    }


def _own(prefix: str) -> re.Pattern[str]:
    """Return what paths of an interpreter below ``prefix`` look like."""
    start = "" if prefix == "." else f"{re.escape(prefix)}/"
    if prefix in {"usr", "usr/local", "."}:
        return re.compile(
            rf"{start}(?:bin/python[^/]*|lib(?:64)?/(?:libpython[^/]*|python3[^/]*/.*))"
        )
    return re.compile(rf"{start}.*")


def _is_needed(name: str, own: re.Pattern[str]) -> bool:
    if own.fullmatch(name):
        return not _IDLE.search(f"/{name}/")
    return bool(_LIBRARY.fullmatch(name) or _LOADER.fullmatch(name))


def _make_empty(place: Path, node: Node) -> None:
    if node.kind == "directory":
        place.mkdir(exist_ok=True)  # the root is there
    elif node.kind == "symlink":
        place.symlink_to(node.target)
