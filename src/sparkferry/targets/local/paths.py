"""Directories whose names Spark would read as something else: found before anything is started.

Spark and Java take most paths as text in a list, a URI or a pattern, and have no quoting for them. What is
not named here was run on a cluster and in one process (Spark 4.0): accents and other scripts, spaces,
quotes, ``$``, ``%`` and other signs.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from sparkferry.base.cache import Cache
from sparkferry.env import Env
from sparkferry.errors import Diagnostic, raise_errors
from sparkferry.paths import state_dir
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.project.model import Project
from sparkferry.store.open import is_directory, open_store
from sparkferry.targets.plan import Plan

_PATTERN = "Hadoop reads it as a pattern of file names"

_EVERYWHERE = {
    r"[\udc80-\udcff]": "it is not UTF-8, as Java reads file names",
    r"[\x00-\x1f\x7f]": "Spark's scripts read it as the end of a line or an argument",
}
"""What no directory may have, as regular expressions, and what it would be read as."""

_LISTED = {":": "Java and the shell separate the parts of a path list by it"}

_SPARKS = {
    ",": "Spark separates the parts of a list by it",
    "#": "Spark reads what follows as the fragment of a URI",
    r"[*?\[\]{}]": _PATTERN,
    r"\\": _PATTERN,
}

_RULES = {
    "state": {**_EVERYWHERE, **_LISTED, **_SPARKS},
    "store": {**_EVERYWHERE, **_LISTED, **_SPARKS},
    "cache": {**_EVERYWHERE, **_LISTED, **_SPARKS},
    "Spark": {**_EVERYWHERE, **_LISTED, **_SPARKS},
}

_REMEDIES = {
    "state": "let SPARKFERRY_STATE_DIR name another directory",
    "cache": "let SPARKFERRY_CACHE_DIR name another directory",
    "store": "let the target's `store` name another directory",
    "Spark": "give the target another `spark-home`",
}
"""What to do about each of the directories, beside renaming it."""


def path_problem(role: str, path: Path) -> Diagnostic | None:
    """Return what is wrong with the ``state``, ``cache``, ``store`` or ``Spark`` directory; pure."""
    for pattern, reason in _RULES[role].items():
        part = next((part for part in path.parts if re.search(pattern, part)), None)
        if part is not None:
            return Diagnostic(
                "error",
                f"could not give the {role} directory `{_shown(str(path))}` to Spark: "
                f"`{_shown(part)}` cannot be part of it, since {reason}",
                f"rename `{_shown(part)}`, or {_REMEDIES[role]}",
            )
    return None


def check_paths(project: Project, target: LocalTarget, env: Env) -> tuple[Diagnostic, ...]:
    """Return an error for each directory that a run of the project's target cannot be given.

    :raises UserError: the target's ``store`` names none.
    """
    store = open_store(target.store, project.root, env).url
    return tuple(_problems(target, store, env.cache))


def check_plan(plan: Plan, cache: Cache) -> None:
    """Find out whether the run of ``plan`` can be started here.

    :raises DiagnosticsError: it cannot: a directory has a name that Spark would read as something else.
    """
    found = _problems(plan.target_as(LocalTarget), plan.store, cache)
    raise_errors(f"start the run `{plan.run_id}`", found)


def check_cluster(target: LocalTarget, cache: Cache) -> None:
    """Find out whether a cluster of ``target`` can be started here, which has no store yet.

    :raises DiagnosticsError: it cannot, as a run cannot.
    """
    raise_errors("start a cluster", _problems(target, None, cache))


def _problems(target: LocalTarget, store: str | None, cache: Cache) -> Iterator[Diagnostic]:
    place = Path(store) if store and is_directory(store) else None
    home = Path(target.spark_home) if target.spark_home else None
    used = {"state": state_dir(), "cache": cache.root, "store": place, "Spark": home}
    found = (path_problem(role, path.absolute()) for role, path in used.items() if path)
    yield from filter(None, found)


def _shown(text: str) -> str:
    """Return ``text`` with control characters, and bytes that are not UTF-8, as Python escapes them."""
    return text if text.isprintable() else ascii(text)[1:-1]
