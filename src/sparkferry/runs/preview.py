"""What a run would do, before anything is sent; and plans that are kept to be carried out later."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from sparkferry.errors import UserError
from sparkferry.runs.errors import UnreadableError
from sparkferry.runs.planning import RunRequest
from sparkferry.runs.records import encode
from sparkferry.runs.stored import check_version, tree_of
from sparkferry.spark.secrets import secret_names
from sparkferry.store.api import Store
from sparkferry.targets.plan import Plan

_RECORDS = 10
"""Requests to the store beside those for layers: reservation (3), program, plan, events (5)."""

_VERSION = 1

_OWN = frozenset({"run_id", "created", "prefix", "output", "user", "root"})
"""Fields in which two plans of the same differ."""


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A layer that the run needs."""

    key: str
    size: int
    """In bytes."""
    there: bool
    """Whether the store has it."""


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a run would do."""

    run: str
    job: str
    target: str
    tier: str
    spark: str
    python: str
    source: str | None
    """Git's id of the tree that ships."""
    dirty: bool
    image: str | None
    store: str
    records: str
    output: str
    layers: tuple[Upload, ...]
    upload: int
    """Bytes that would be sent."""
    requests: int
    """Requests to the store at least, up to the submission."""
    request: str
    """What would be submitted, as a person would send it."""


class SavedPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A plan in a file."""

    version: int = _VERSION
    target: str
    tier: str
    request: RunRequest
    """Its ``run_id`` is the plan's."""
    plan: dict[str, Any]


def preview(plan: Plan, store: Store, request: str) -> Preview:
    """Return what a run of ``plan`` would do; ``request`` is its native one, as text."""
    layers = tuple(
        Upload(key=layer.key, size=layer.size, there=store.exists(layer.key))
        for layer in plan.layers
    )
    return Preview(
        run=plan.run_id,
        job=plan.job_name,
        target=plan.target_name,
        tier=plan.tier,
        spark=plan.spark,
        python=plan.environment.python,
        source=plan.source.tree,
        dirty=plan.source.dirty,
        image=plan.image.name if plan.image else None,
        store=plan.store,
        records=plan.prefix,
        output=plan.output,
        layers=layers,
        upload=sum(layer.size for layer in layers if not layer.there),
        requests=_RECORDS + len(layers),
        request=request,
    )


def save_plan(plan: Plan, request: RunRequest, path: Path) -> None:
    """Write a plan to a file, which is replaced.

    :raises UserError: the request holds a secret, which no file may.
    """
    secrets = secret_names(request.spark_conf)
    if secrets:
        raise UserError(
            f"could not save the plan: `--conf {secrets[0]}=…` is a secret",
            hint=f"set `{secrets[0]}` in `spark-conf` of the target or the job",
        )
    asked = msgspec.structs.replace(request, run_id=plan.run_id)
    saved = SavedPlan(target=plan.target_name, tier=plan.tier, request=asked, plan=tree_of(plan))
    path.write_bytes(encode(saved))


def read_plan(path: Path) -> SavedPlan:
    """Read a plan that was saved.

    :raises UserError: the file is not one.
    """
    try:
        tree = json.loads(path.read_bytes())
        check_version(tree, _VERSION, str(path))
        return msgspec.convert(tree, SavedPlan)
    except (OSError, ValueError, AttributeError, UnreadableError) as error:
        raise UserError(
            f"could not read the plan `{path}`: {error}",
            hint="make it: `sparkferry plan --out FILE`",
        ) from error


def check_same(saved: SavedPlan, plan: Plan) -> None:
    """Find out whether ``plan``, made now, is what was saved.

    :raises UserError: code, packages, settings or target have changed since.
    """
    now = json.loads(encode(tree_of(plan)))
    changed = tuple(_changed(saved.plan, now))
    if changed:
        raise UserError(
            f"could not carry out the plan of `{saved.request.run_id}`: {', '.join(changed)} changed "
            "since it was made",
            hint="make it anew: `sparkferry plan --out FILE`",
        )


def _changed(before: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    for name in sorted({*before, *now} - _OWN):
        if before.get(name) != now.get(name):
            yield f"`{name.replace('_', '-')}`"
