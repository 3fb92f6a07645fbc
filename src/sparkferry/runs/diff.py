"""What differs between two runs, from their plans and results, and in their code."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from sparkferry.process import attempt
from sparkferry.runs.model import Run


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is not the same. A side without the thing is left out of JSON."""

    section: str
    """``run``, ``code``, ``packages``, ``arguments``, ``conf``, ``layers`` or ``result``."""
    name: str
    left: Any = msgspec.UNSET
    right: Any = msgspec.UNSET


def diff(
    left: Run, right: Run, results: tuple[object, object] = (None, None)
) -> tuple[Change, ...]:
    """Return the changes from ``left`` to ``right``, by section and name; none where the two are alike.

    ``results`` are what the two jobs returned.
    """
    before, after = _sections(left, results[0]), _sections(right, results[1])
    same_tree = before["code"]["tree"] == after["code"]["tree"]
    found = [
        change
        for section in before
        for change in changes(section, before[section], after[section])
        if not same_tree or (section, change.name) != ("code", "commit")
    ]
    return tuple(found)


def _sections(run: Run, result: object) -> dict[str, Mapping[str, Any]]:
    plan = run.plan
    return {
        "run": _run(run),
        # Every run has a commit of its own, also of the same code: it tells nothing without the tree.
        "code": msgspec.structs.asdict(plan.source),
        "packages": plan.packages,
        "arguments": _arguments(run),
        "conf": plan.spark_conf,
        "layers": {layer.kind: layer.digest for layer in plan.layers},
        "result": _result(result),
    }


def _result(result: object) -> dict[str, Any]:
    if result is None:
        return {}
    return result if isinstance(result, dict) else {"value": result}


def _run(run: Run) -> dict[str, Any]:
    plan = run.plan
    return {
        "state": run.state,
        "job": plan.job_name,
        "entry": plan.job.entry or plan.job.script,
        "tier": plan.tier,
        "target": plan.target_name,
        "spark": plan.spark,
        "python": plan.environment.python,
        "platform": plan.environment.platform,
        "lock": plan.lock_sha256,
        "image": plan.image.digest if plan.image else None,
        "strict": plan.strict,
    }


def _arguments(run: Run) -> dict[str, Any]:
    """Return the arguments by name: those that were set as text win over the configured ones."""
    return {**run.plan.job.args, **run.plan.sets, "--": list(run.plan.argv)}


def changes(section: str, left: Mapping[str, Any], right: Mapping[str, Any]) -> Iterator[Change]:
    """Yield what is not the same in two mappings, by name."""
    for name in sorted({*left, *right}):
        before, after = left.get(name, msgspec.UNSET), right.get(name, msgspec.UNSET)
        if before != after:
            yield Change(section=section, name=name, left=before, right=after)


def code_stat(root: Path, left: Run, right: Run) -> str | None:
    """Return ``git diff --stat`` between the code of two runs, or None where git does not have both.

    A run's commit is kept by its own ref, so it is there as long as nobody prunes ``refs/sparkferry``.
    """
    commits = [run.plan.source.commit or "" for run in (left, right)]
    if not all(commits):
        return None
    done = attempt(["git", "-C", str(root), "diff", "--stat", *commits, "--"])
    return done.text if done.code == 0 else None
