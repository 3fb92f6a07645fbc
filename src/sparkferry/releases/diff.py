"""What differs between two releases."""

from collections.abc import Mapping
from typing import Any

import msgspec

from sparkferry.releases.model import Release
from sparkferry.runs.diff import Change, changes


def diff_releases(left: Release, right: Release) -> tuple[Change, ...]:
    """Return the changes from ``left`` to ``right``, by section and name."""
    before, after = _sections(left), _sections(right)
    return tuple(
        change
        for section in dict.fromkeys((*before, *after))
        for change in changes(section, before.get(section, {}), after.get(section, {}))
    )


def _sections(release: Release) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {
        "release": {"tier": release.tier, "targets": sorted(release.plans)},
        "code": {"commit": release.source.head, "tree": release.source.tree},
        "jobs": {name: msgspec.to_builtins(job) for name, job in release.jobs.items()},
    }
    for target in release.plans:
        plan = release.plan(target)
        found[f"{target} layers"] = {layer.kind: layer.digest for layer in plan.layers}
        found[f"{target} packages"] = {"spark": plan.spark, **plan.packages}
        found[f"{target} conf"] = plan.spark_conf
    return found
