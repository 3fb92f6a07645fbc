"""The importable files below some directories, and where a dotted name leads among them."""

from collections.abc import Iterable, Iterator

import msgspec

_INIT = "__init__"
_EXTENSIONS = (".so", ".pyd")


class Located(msgspec.Struct, frozen=True):
    """Where a dotted name leads."""

    files: tuple[tuple[str, str], ...]
    """What runs when it is imported, the `__init__` of each package on the way and the module: file, and
    package from which its relative imports start."""
    package: bool = False
    """Whether it can have modules inside."""
    init: str | None = None
    """Its `__init__`; None for a module, and for a package without one."""
    missing: str | None = None
    """The shortest part of the name that is not there, or None where all of it is."""


class ModuleTree:
    """Files by the modules that they are; paths are POSIX and relative to one directory."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.packages: dict[str, str] = {}
        """The `__init__` of each directory that has one."""
        self.modules: dict[str, str] = {}
        """The file of each module, by its path without suffix."""
        self.directories: set[str] = set()
        """Directories with a module somewhere below, the root as an empty string among them."""
        for path in sorted(paths):
            self._add(path)

    def _add(self, path: str) -> None:
        directory, _, name = path.rpartition("/")
        stem, dot, _ = name.partition(".")
        extension = name.endswith(_EXTENSIONS)
        if not dot or not (extension or name == f"{stem}.py"):
            return
        if stem == _INIT:
            self.packages.setdefault(directory, path)
        else:
            place = f"{directory}/{stem}" if directory else stem
            # Python looks for extension modules first.
            if extension or place not in self.modules:
                self.modules[place] = path
        while directory not in self.directories:
            self.directories.add(directory)
            directory = directory.rpartition("/")[0]

    def has_regular(self, root: str, name: str) -> bool:
        """Return whether ``name`` is a module, or a package with an `__init__`, directly in ``root``."""
        place = _join(root, name)
        return place in self.packages or place in self.modules

    def locate(self, name: str, roots: Iterable[str]) -> Located:
        """Return where the dotted ``name`` leads from the directories ``roots``, in this order.

        A directory without `__init__` counts only where no root has a regular module (PEP 420).
        """
        portions, above, init = list(roots), "", None
        files: list[tuple[str, str]] = []
        for part in name.split("."):
            done = f"{above}.{part}" if above else part
            places = [_join(portion, part) for portion in portions]
            regular = next((x for x in places if x in self.packages or x in self.modules), None)
            init = self.packages.get(regular or ".")
            if regular is None:
                portions = [place for place in places if place in self.directories]
                if not portions:
                    return Located(tuple(files), missing=done)
            elif init is not None:
                files.append((init, done))
                portions = [regular]
            else:
                files.append((self.modules[regular], above))
                portions = []
            above = done
        return Located(tuple(files), bool(portions), init)

    def surface(self, place: str = "") -> Iterator[str]:
        """Yield the dotted names of the uppermost modules and regular packages below ``place``."""
        for path in sorted({*self.packages, *self.modules, *self.directories} - {""}):
            if path.rpartition("/")[0] != place:
                continue
            if path in self.packages or path in self.modules:
                yield path.replace("/", ".")
            else:
                yield from self.surface(path)


def _join(directory: str, name: str) -> str:
    return f"{directory}/{name}" if directory else name
