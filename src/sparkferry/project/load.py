"""From a directory to a project: read, merged, and all that is wrong reported at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

import msgspec

from sparkferry.errors import Diagnostic, raise_errors
from sparkferry.project import metadata, rules, shape, sources, types
from sparkferry.project.document import FILE, Document, find
from sparkferry.project.keys import did_you_mean, dotted
from sparkferry.project.model import Project, Settings
from sparkferry.project.places import diagnostic
from sparkferry.project.python_file import find_python_file
from sparkferry.project.shape import Problem, Tree
from sparkferry.project.sources import Source, merge

DEFAULT_TIER = "dev"
"""The tier where none is named; it needs no table of its own."""


def load(
    start: Path,
    *,
    tier: str | None = None,
    target: str | None = None,
    overrides: Sequence[str] = (),
    environ: Mapping[str, str],
) -> Project:
    """Load the project of ``start``, the directory of its pyproject.toml or one below it.

    Settings are merged in this order, later over earlier: `[tool.sparkferry]`, the tier's overlay,
    variables ``SPARKFERRY_…`` of ``environ``, ``overrides`` (``KEY=VALUE``), ``target``.

    :raises UserError: there is no project.
    :raises DiagnosticsError: the project has errors; all of them, with file and line.
    """
    document = find(start)
    tier = tier or environ.get("SPARKFERRY_TIER") or DEFAULT_TIER
    base, tiers = sources.from_document(document)
    given = [
        base,
        *(source for name, source in tiers.items() if name == tier),
        *sources.from_environment(environ),
        *sources.from_overrides([*overrides, *([f"target={target}"] if target else [])]),
    ]
    merged = sources.merge(given)
    settings, merged, found = _settle(given, merged, document.root)
    about, problems = metadata.read(document.content, document.root)
    found += [*_in_document(problems, document), *_unknown_tier(tier, tiers)]
    for other in (source for name, source in tiers.items() if name != tier):
        found += _in_source(_misshapen(other, merged), other)
    raise_errors(f"load the project `{document.root}`", sorted(found, key=_place))
    return Project(
        root=document.root,
        name=about.name,
        requires_python=about.requires_python,
        dependencies=about.dependencies,
        tier=tier,
        settings=_anchored(settings, document.root),
        origins=dict(merged.origins),
        python_file=find_python_file(document.root),
    )


def _anchored(settings: Settings, root: Path) -> Settings:
    """Return the settings with paths that later stages need outside of the project made absolute."""
    targets = {name: target.anchored(root) for name, target in settings.targets.items()}
    return msgspec.structs.replace(settings, targets=targets)


def _settle(
    given: Sequence[Source], merged: Source, root: Path
) -> tuple[Settings, Source, list[Diagnostic]]:
    """Return the merged settings, with their origins, and all that is wrong with them.

    What has the wrong type is left out before the rest is held against the rules.
    """
    wrong = [(source, list(_misshapen(source, merged))) for source in given]
    found = [item for source, problems in wrong for item in _in_source(problems, source)]
    broken = {problem.path for _, problems in wrong for problem in problems}
    whole = inherit(Source(_without(merged.tree, broken), merged.origins))
    tree = whole.tree
    lacking = list(shape.missing(tree, Settings))
    for problem in lacking:
        _put_example(tree, problem.path)
    settings = msgspec.convert(tree, Settings)
    rest = [*lacking, *rules.check(settings, root)]
    sound = [p for p in rest if not any(path[: len(p.path)] == p.path for path in broken)]
    # What a target inherits from the project is wrong once, not once for each target.
    return settings, whole, [*found, *dict.fromkeys(_in_source(sound, whole))]


def _misshapen(source: Source, merged: Source) -> Iterator[Problem]:
    yield from source.problems
    yield from shape.problems(_with_kinds(source.tree, merged.tree), Settings)


def _with_kinds(tree: Tree, merged: Tree) -> Tree:
    """Return ``tree`` with the kind of each target in it, which an overlay need not repeat."""
    targets, known = tree.get("targets"), merged.get("targets")
    if not isinstance(targets, dict) or not isinstance(known, dict):
        return tree
    whole = {name: _with_kind(target, known.get(name)) for name, target in targets.items()}
    return {**tree, "targets": whole}


def _with_kind(target: object, known: object) -> object:
    if not isinstance(target, dict) or not isinstance(known, dict) or "kind" not in known:
        return target
    return {"kind": known["kind"], **target}


def _without(tree: Tree, broken: AbstractSet[shape.Path], path: shape.Path = ()) -> Tree:
    if (*path, "kind") in broken:
        return {}  # its keys are those of a kind that is not known
    return {
        key: _without(item, broken, (*path, key)) if isinstance(item, dict) else item
        for key, item in tree.items()
        if (*path, key) not in broken
    }


def _put_example(tree: Tree, path: shape.Path) -> None:
    table: Any = tree
    for key in path[:-1]:
        table = table[key]
    table[path[-1]] = types.example(types.at(Settings, path))


def _unknown_tier(tier: str, tiers: Mapping[str, Source]) -> Iterator[Diagnostic]:
    known = {*tiers, DEFAULT_TIER}
    if tier not in known:
        hint = did_you_mean(tier, known, plural="tiers")
        yield Diagnostic("error", f"there is no tier `{tier}`", hint)


def _in_document(problems: Iterable[Problem], document: Document) -> Iterator[Diagnostic]:
    for problem in problems:
        line = document.lines.of(problem.path)
        yield Diagnostic("error", problem.message, problem.hint, FILE, line)


def _in_source(problems: Iterable[Problem], source: Source) -> Iterator[Diagnostic]:
    for problem in problems:
        yield diagnostic(source.origins, problem.path, problem.message, problem.hint)


def _place(item: Diagnostic) -> tuple[bool, int]:
    return item.file is None, item.line or 0


def inherit(settings: Source) -> Source:
    """Return the merged settings with each target's own table `image` completed by the project's."""
    base = settings.tree.get("image", {})
    targets = settings.tree.get("targets", {})
    own = (name for name, target in targets.items() if "image" in target)
    return merge([*(_as_of_target(settings, base, name) for name in own), settings])


def _as_of_target(settings: Source, base: Tree, name: str) -> Source:
    """Return the project's table as if it had been written for one target."""
    above = dotted(("targets", name))
    origins = {
        f"{above}.{key}": place
        for key, place in settings.origins.items()
        if key.startswith("image.")
    }
    return Source({"targets": {name: {"image": base}}}, origins)
