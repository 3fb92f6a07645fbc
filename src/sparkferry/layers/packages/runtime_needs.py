"""What a package needs at run time of that which pruning would leave out.

Found in its sources, without running them.

Tests: every ``import`` and ``from … import`` of a module that lies in a test folder, every string that
names one, and every entry point. The imports of what is found are followed likewise. An import inside
of a docstring counts too: that keeps a file too many, never one too few. Imports that only compiled
code does, or whose name is put together at run time, are not seen: for those there is ``keep``.

Type stubs: they are read by code that attaches lazy imports by them, or that mentions their suffix in
a string (type checkers and completion).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePosixPath

FOLDERS = frozenset({"test", "tests"})
"""Names of test folders."""

SOURCES = (".py", ".pyx", ".pxi")
"""Files whose imports are read."""

_CODE = (*SOURCES, ".so")
"""Files that make a folder a package."""

_STUB_WORDS = (b"attach_stub", b'.pyi"', b".pyi'")

_MENTION = re.compile(rb"\btests?\b")

_IMPORT = re.compile(
    rb"\bfrom[ \t]+([.\w]+?)[ \t]*\bc?import\b[ \t]*(\([^()]*\)|[^\n;]+)|\bc?import[ \t]+([^\n;]+)"
)

_COMMENT = re.compile(rb"#[^\n]*|\\\n")

_NAME = re.compile(rb"([.\w]+)(?:[ \t\n]+as[ \t\n]+\w+)?")

_STRING = re.compile(rb"[\"']([.\w]++)[\"']")

_OBJECT = re.compile(rb"=\s*([.\w]+)")
"""What an entry point refers to."""


def find_tests(modules: Iterable[str]) -> frozenset[str]:
    """Return those of a wheel's importable files that lie in a test folder.

    A test folder at the top counts only where the wheel has another package or module: else it is what
    the wheel is for.
    """
    paths = tuple(modules)
    tops = {path.partition("/")[0].partition(".")[0] for path in paths if path.endswith(_CODE)}
    first = 0 if tops - FOLDERS else 1
    return frozenset(path for path in paths if not FOLDERS.isdisjoint(path.split("/")[first:-1]))


def reads_stubs(source: bytes) -> bool:
    """Whether the code reads type stubs when it runs."""
    return any(word in source for word in _STUB_WORDS)


def used_tests(
    tests: Iterable[str], roots: Iterable[str], read: Callable[[str], bytes]
) -> frozenset[str]:
    """Return those files of ``tests`` that are loaded when the modules ``roots`` are imported.

    ``read`` returns the content of a file.
    """
    modules = _modules(tests)
    waiting = list(roots)
    used = set[str]()
    while waiting:
        files = {path for path in _files(waiting.pop(), modules) if path not in used}
        used |= files
        for path in files:
            if path.endswith(SOURCES):
                waiting.extend(imports(path, read(path)))
    return frozenset(used)


def find_test_imports(path: str, text: bytes) -> Iterator[str]:
    """Yield what may be modules in test folders among all that the file at ``path`` names.

    :param text: source code, or an ``entry_points.txt``.
    """
    if b"test" not in text or not _MENTION.search(text):
        return
    pattern = _STRING if path.endswith(SOURCES) else _OBJECT
    dotted = (name.decode() for name in pattern.findall(text) if b"." in name)
    texts = (_absolute(path, name) for name in dotted)
    for name in {*imports(path, text), *texts}:
        if not FOLDERS.isdisjoint(name.split(".")):
            yield name


def imports(path: str, source: bytes) -> Iterator[str]:
    """Yield the absolute name of everything that the source at ``path`` imports, modules or not."""
    for match in _IMPORT.finditer(_COMMENT.sub(b" ", source)):
        module, names, plain = match.groups()
        if plain is not None:
            yield from _names(plain)
            continue
        base = _absolute(path, module.decode())
        yield base
        yield from (f"{base}.{name}" for name in _names(names))


def _names(text: bytes) -> Iterator[str]:
    return (name.decode() for name in _NAME.findall(text.strip(b"()")))


def _absolute(path: str, module: str) -> str:
    name = module.lstrip(".")
    level = len(module) - len(name)
    package = PurePosixPath(path).parts[:-level] if level else ()
    return ".".join([*package, *([name] if name else [])])


def _modules(paths: Iterable[str]) -> dict[str, list[str]]:
    """Return the files by the dotted name that each is imported by."""
    found: dict[str, list[str]] = {}
    for path in paths:
        folder, _, file = path.rpartition("/")
        stem = file.split(".", 1)[0]
        module = folder if stem == "__init__" else f"{folder}/{stem}"
        found.setdefault(module.replace("/", "."), []).append(path)
    return found


def _files(module: str, modules: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield the files that are loaded when ``module`` is imported: its own and its packages'."""
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        yield from modules.get(".".join(parts[:end]), ())
