"""What this process has imported, and from where; used on the driver and inside executors."""

from __future__ import annotations

import os
import sys
import sysconfig
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sparkferry.runtime.paths import CODE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_SPARK = ("pyspark", "py4j")


class Import(NamedTuple):
    """One imported distribution, or package where no distribution is known."""

    name: str
    version: str | None
    path: str
    """Relative to the directory of the layers for what is in a layer; absolute for others."""
    origin: str
    """``interpreter``, ``packages``, ``code``, ``spark`` or ``system``."""


class Places(NamedTuple):
    """Directories, real paths, that tell where a module came from."""

    packages: str
    code: str
    interpreter: str
    packed: bool
    """Whether the interpreter is a layer, so that its site-packages is ours too."""
    files: str | None
    """Where Spark keeps files that were added to the job."""


def places(code: Path = CODE) -> Places:
    """Return the places of this process; the layers lie beside ``code``."""
    python = code.parent / "python"
    packed = python.is_dir()
    library = python if packed else Path(sysconfig.get_paths()["stdlib"])
    return Places(
        packages=os.path.realpath(code.parent / "packages"),
        code=os.path.realpath(code),
        interpreter=os.path.realpath(library),
        packed=packed,
        files=_spark_files(),
    )


def imported(where: Places) -> list[Import]:
    """Return what is imported by now, sorted; the standard library as the one entry ``python``."""
    found: dict[str, dict[str, str]] = {}
    for name, file in _modules():
        found.setdefault(_origin(name, file, where), {})[file] = name
    entries = {_python(where)}
    for origin, names in found.items():
        if origin == "packages":
            entries |= _distributions(where.packages, names)
        elif origin != "interpreter":
            entries |= {_package(name, file, origin, where) for file, name in names.items()}
    return in_order(entries)


def in_order(entries: Iterable[Import]) -> list[Import]:
    """Return the entries in the order of every record, so that two can be compared."""
    return sorted(entries, key=lambda entry: (entry.origin, entry.name, entry.path))


def _modules() -> Iterator[tuple[str, str]]:
    """Yield name and real path of every module that came from a file.

    Reads the modules' dictionaries: asking a lazy module for an attribute would import it.
    """
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__dict__", {}).get("__file__")
        if isinstance(file, str) and name not in ("__main__", "__mp_main__"):
            yield name, _real(file)


def _real(file: str) -> str:
    directory, base = os.path.split(file)
    return f"{_real_directory(directory)}/{base}"


@cache
def _real_directory(path: str) -> str:
    return os.path.realpath(path)


def _spark_files() -> str | None:
    if "pyspark" not in sys.modules:
        return None
    from pyspark import SparkFiles

    try:
        root: str = SparkFiles.getRootDirectory()
        return os.path.realpath(root)
    except (AssertionError, AttributeError):
        return None


def _within(file: str, directory: str | None) -> bool:
    return directory is not None and file.startswith(directory + os.sep)


def _origin(name: str, file: str, where: Places) -> str:
    if _within(file, where.packages):
        return "packages"
    if _within(file, where.code):
        return "code"
    if _within(file, where.interpreter) and (where.packed or not _is_installed(file)):
        return "interpreter"
    # Last: on a standalone cluster the layers lie where Spark keeps the job's files.
    if _top(name) in _SPARK or _within(file, where.files):
        return "spark"
    return "system"


def _is_installed(file: str) -> bool:
    return "/site-packages/" in file or "/dist-packages/" in file


def _top(name: str) -> str:
    return name.partition(".")[0]


def _python(where: Places) -> Import:
    version = ".".join(str(part) for part in sys.version_info[:3])
    ours = not where.packed or _within(_real(sys.executable), where.interpreter)
    path = "python" if where.packed and ours else sys.base_prefix
    return Import("python", version, path, "interpreter" if ours else "system")


def _package(name: str, file: str, origin: str, where: Places) -> Import:
    top = _top(name)
    if origin == "code":
        return Import(top, None, f"code/{_first(os.path.relpath(file, where.code))}", origin)
    parent = vars(sys.modules[top]) if top in sys.modules else {}
    version, own = parent.get("__version__"), parent.get("__file__") or file
    path = os.path.split(own)[0] if own.endswith("/__init__.py") else own
    return Import(top, version if isinstance(version, str) else None, path, origin)


def _distributions(packages: str, names: Mapping[str, str]) -> set[Import]:
    """Return the distributions that own the files, after the RECORD of each."""
    modules = {os.path.relpath(file, packages): name for file, name in names.items()}
    found = set()
    for record in Path(packages).glob("*.dist-info/RECORD"):
        owned = modules.keys() & _recorded(record)
        if owned:
            name, _, version = record.parent.name.removesuffix(".dist-info").rpartition("-")
            found.add(Import(name, version, f"packages/{_first(min(owned))}", "packages"))
            modules = {file: name for file, name in modules.items() if file not in owned}
    found |= {
        Import(_top(name), None, f"packages/{_first(file)}", "packages")
        for file, name in modules.items()
    }
    return found


def _recorded(record: Path) -> set[str]:
    lines = record.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    return {line.split(",", 1)[0] for line in lines}


def _first(path: str) -> str:
    return path.split("/", 1)[0]
