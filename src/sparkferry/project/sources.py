"""Where settings are written: pyproject.toml, its tiers, the environment, the command line.

Each source is a tree of the same shape; later ones are merged over earlier ones.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from sparkferry.project import rules, types
from sparkferry.project.document import Document
from sparkferry.project.keys import KEY, dotted, parts
from sparkferry.project.model import Settings
from sparkferry.project.shape import Path, Problem, Tree

COMMAND_LINE = "command line"
PREFIX = "SPARKFERRY_"
"""Environment variables that begin with this are settings."""

RESERVED = {
    "SPARKFERRY_TIER": "The tier, where `--tier` is not given.",
    "SPARKFERRY_CACHE_DIR": "Directory of the cache, instead of the platform's.",
    "SPARKFERRY_STATE_DIR": "Directory of what is alive now (embedded clusters), instead of the platform's.",
}
"""Environment variables that are not settings of the project, and what they are."""

_OVERRIDE = re.compile(rf"(?P<key>{KEY.pattern})=(?P<value>.*)", re.DOTALL)


class Source(msgspec.Struct, frozen=True):
    """One tree of settings, and where each of its values stands."""

    tree: Tree
    origins: Mapping[str, str]
    """Dotted key to ``pyproject.toml:LINE``, ``environment NAME`` or ``command line``."""
    problems: tuple[Problem, ...] = ()
    """What could not be read into the tree."""


def from_document(document: Document) -> tuple[Source, dict[str, Source]]:
    """Return the settings of `[tool.sparkferry]`, and those of each of its tiers by name."""
    tiers = document.section.get("tiers", {})
    overlays = {
        name: _from_table(overlay, document, ("tiers", name))
        for name, overlay in (tiers.items() if isinstance(tiers, dict) else ())
    }
    base = _from_table(document.section, document, ())
    wrong = list(rules.names(("tiers",), overlays))
    if not isinstance(tiers, dict):
        wrong.append(Problem(("tiers",), "`tiers` must be a table of tables"))
    places = {dotted(problem.path): document.place(problem.path) for problem in wrong}
    return Source(base.tree, {**base.origins, **places}, (*base.problems, *wrong)), overlays


def _from_table(table: object, document: Document, above: Path) -> Source:
    """Return the settings of the table at ``above`` in `[tool.sparkferry]`."""
    if not isinstance(table, dict):
        said = Problem((), f"`{dotted(('tool', 'sparkferry', *above))}` must be a table")
        return Source({}, {"": document.place(above)}, (said,))
    tree, clashes = _regular({key: table[key] for key in table if above or key != "tiers"})
    origins = {dotted(path): document.place((*above, *path)) for path in [(), *_paths(tree)]}
    if not above and not tree.get("targets"):
        tree |= {"targets": {"local": {"kind": "local"}}}
    return Source(tree, origins, clashes)


def from_environment(environ: Mapping[str, str]) -> list[Source]:
    """Return one source for each ``SPARKFERRY_…`` variable, in the order of their names.

    ``__`` goes one table down and ``_`` stands for a dash: ``SPARKFERRY_TARGETS__LOCAL__WORKERS=0``.
    """
    names = sorted(name for name in environ if name.startswith(PREFIX) and name not in RESERVED)
    return [
        _from_text(_variable_path(name.removeprefix(PREFIX)), environ[name], f"environment {name}")
        for name in names
    ]


def from_overrides(overrides: Sequence[str]) -> list[Source]:
    """Return one source for each ``KEY=VALUE`` of the command line, in their order."""
    return [_from_override(text) for text in overrides]


def merge(sources: Sequence[Source]) -> Source:
    """Return one source in which the values of later sources stand over those of earlier ones."""
    tree: Tree = {}
    origins: dict[str, str] = {}
    for source in sources:
        tree = _merged(tree, source.tree)
        leaves = {dotted(path) for path, leaf in _walk(source.tree) if leaf}
        origins |= {k: v for k, v in source.origins.items() if k in leaves or k not in origins}
    return Source(tree, origins)


def _from_override(text: str) -> Source:
    if match := _OVERRIDE.fullmatch(text):
        return _from_text(parts(match["key"]), match["value"], COMMAND_LINE)
    said = Problem((), f"`{text}` is not `KEY=VALUE`", "write it as `targets.local.workers=0`")
    return Source({}, {"": COMMAND_LINE}, (said,))


def _from_text(path: Path, text: str, origin: str) -> Source:
    tree: Any = _typed(text, types.at(Settings, path))
    for key in reversed(path):
        tree = {key: tree}
    settings, clashes = _regular(tree)
    return Source(
        settings, dict.fromkeys(map(dotted, [(), path, *_paths(settings)]), origin), clashes
    )


def _variable_path(name: str) -> Path:
    """Return the key that a variable stands for; below tables with free keys a `_` stays."""
    path: Path = ()
    free = False
    for part in name.lower().split("__"):
        free = free or types.is_open(types.at(Settings, path))
        path = (*path, part if free else part.replace("_", "-"))
    return path


def _typed(text: str, kind: object) -> object:
    """Return the value that ``text`` means where ``kind`` is wanted: text, or else TOML."""
    if kind is None or str in types.alternatives(kind):
        return text
    try:
        read = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return read["value"] if len(read) == 1 else text


def _regular(tree: Tree) -> tuple[Tree, tuple[Problem, ...]]:
    """Return the tree with Spark's properties one level deep, and those that were given twice."""
    clashes: list[Problem] = []
    settings = _flattened(tree, Settings, (), clashes)
    return settings, tuple(clashes)


def _flattened(tree: Tree, kind: object, path: Path, clashes: list[Problem]) -> Tree:
    if types.values(kind) is Any:
        return dict(msgspec.to_builtins(tree))  # dates as text: arguments travel as JSON
    if types.is_open(kind):
        named = list(_properties(tree))
        twice = [name for name, count in Counter(name for name, _ in named).items() if count > 1]
        clashes += [Problem((*path, name), f"`{name}` is given twice") for name in twice]
        return dict(named)
    return {
        key: _flattened(item, types.at(kind, (key,)), (*path, key), clashes)
        if isinstance(item, dict)
        else item
        for key, item in tree.items()
    }


def _properties(tree: Tree, above: str = "") -> Iterator[tuple[str, Any]]:
    for key, item in tree.items():
        if isinstance(item, dict):
            yield from _properties(item, f"{above}{key}.")
        else:
            yield f"{above}{key}", item


def _walk(tree: Tree, above: Path = ()) -> Iterator[tuple[Path, bool]]:
    """Yield each path of the tree, and whether it ends there."""
    for key, item in tree.items():
        yield (*above, key), not isinstance(item, dict)
        if isinstance(item, dict):
            yield from _walk(item, (*above, key))


def _paths(tree: Tree) -> Iterator[Path]:
    return (path for path, _ in _walk(tree))


def _merged(under: Tree, over: Tree) -> Tree:
    result = dict(under)
    for key, item in over.items():
        below = under.get(key)
        if isinstance(below, dict) and isinstance(item, dict):
            result[key] = _merged(below, item)
        else:
            result[key] = item
    return result
