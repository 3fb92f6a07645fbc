"""What of an installation ships: its standard library without what no job needs.

Left out: tests, IDLE, Tk, Turtle, ensurepip, static libraries, compiled caches, the machine's own
site configuration, and everything in site-packages. The headers stay: some packages compile
at run time.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from sparkferry.layers.interpreter.prefix import Prefix
from sparkferry.layers.interpreter.tarball import Member

_DIRECTORIES = frozenset(
    {"test", "tests", "__pycache__", "idlelib", "tkinter", "turtledemo", "ensurepip"}
    | {"site-packages", "dist-packages", "lib-dynload"}
)
_CONFIGURATION = re.compile(r"config-3\..*")
_FILES = frozenset(
    {
        "turtle.py",
        "sitecustomize.py",
        "usercustomize.py",
        "EXTERNALLY-MANAGED",
        "build-details.json",
    }
)
_SUFFIXES = (".a", ".o", ".so", ".exe", ".pyc")
_VARIABLES = re.compile(r"_sysconfig_vars_.*\.json")
_MODULES = frozenset(
    {"_tkinter", "nis", "_ctypes_test", "xxlimited", "xxlimited_35", "xxsubtype", "_xxtestfuzz"}
)
"""Extension modules that drag X11 or Kerberos in, or serve CPython's own tests."""

_ROOT = "/sparkferry-prefix"
"""Stands for the installation's place in `_sysconfigdata`, until it is imported there."""

PTH = "sparkferry.pth"
"""File of the interpreter's site-packages that Python reads when it starts."""

ACTIVATE = "_sparkferry_activate"
"""Module beside it, which it imports."""

ACTIVATE_SOURCE = Path(__file__).with_name("activate.py")
"""Its source."""

_SYSCONFIG = re.compile(r"_sysconfigdata_.*\.py")
_RECORDED = re.compile(r"""^[ {]*(['"])prefix\1: (['"])(?P<prefix>.*?)\2""", re.MULTILINE)
"""CPython writes single quotes; uv rewrites the file of its builds with double quotes."""


def extension_modules(prefix: Prefix) -> tuple[Path, ...]:
    """Return the extension modules that ship, sorted."""
    return tuple(
        path
        for path in sorted((prefix.path / prefix.dynload).glob("*.so"))
        if path.name.split(".")[0] not in _MODULES and not path.name.startswith("_test")
    )


def library_members(prefix: Prefix) -> Iterator[Member]:
    """Yield the standard library and the headers, without extension modules."""
    for top in (prefix.stdlib, prefix.include):
        for path in _walk(prefix.path / top):
            name = path.relative_to(prefix.path).as_posix()
            if _SYSCONFIG.fullmatch(path.name):
                yield Member(name, relocatable_sysconfig(path.read_text(), prefix.path).encode())
            else:
                yield Member(name, path)


def activation(prefix: Prefix) -> tuple[Member, Member]:
    """Return the `.pth` and the module that activate the sibling directories `code` and `packages`."""
    return (
        Member(f"{prefix.site}/{PTH}", pth(prefix.site).encode()),
        Member(f"{prefix.site}/{ACTIVATE}.py", ACTIVATE_SOURCE),
    )


def pth(site: str) -> str:
    """Return the text of the `.pth` in the directory ``site``, which is relative to the prefix."""
    return f"{'../' * (len(Path(site).parts) + 1)}code\nimport {ACTIVATE}\n"


def relocatable_sysconfig(text: str, place: Path) -> str:
    """Return a `_sysconfigdata` module that names the place it is imported from.

    Both where the installation is and where it was built for are replaced; `/usr` is not, since
    it is not a place of this machine alone.
    """
    recorded = _RECORDED.search(text)
    places = {str(place), recorded["prefix"] if recorded else str(place)} - {"/usr", ""}
    for old in sorted(places, key=len, reverse=True):
        text = re.sub(re.escape(old) + r"(?![\w.-])", _ROOT, text)
    return text + (
        "\nimport sys as _sys\n"
        "build_time_vars = {\n"
        f"    name: value.replace({_ROOT!r}, _sys.base_prefix) if isinstance(value, str) else value\n"
        "    for name, value in build_time_vars.items()\n"
        "}\n"
    )


def _walk(directory: Path) -> Iterator[Path]:
    if not directory.is_dir():
        return
    with os.scandir(directory) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        if entry.is_dir():
            if not _is_left_out(entry.name):
                yield from _walk(Path(entry.path))
        elif entry.is_file() and _ships(entry.name):
            yield Path(entry.path)


def _is_left_out(name: str) -> bool:
    return name in _DIRECTORIES or bool(_CONFIGURATION.match(name))


def _ships(name: str) -> bool:
    return name not in _FILES and not name.endswith(_SUFFIXES) and not _VARIABLES.fullmatch(name)
