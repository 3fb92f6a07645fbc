"""Plans as records: versioned, and read whatever version of sparkferry wrote them.

Version 1, which has no ``version``, is of sparkferry before targets had facts. Keys that are not known are
passed over; a record is never written again, so they stay in it.
"""

import json
from typing import Any

import msgspec

from sparkferry.project import types
from sparkferry.project.kinds.registry import AnyTarget
from sparkferry.project.model import Job
from sparkferry.runs.errors import UnreadableError
from sparkferry.runs.records import decode, encode, unreadable
from sparkferry.targets.plan import Plan

VERSION = 2
"""Raised when a plan is written that an older sparkferry would take for something else."""

_Tree = dict[str, Any]


class StoredPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The format of the record: fields as in :class:`Plan`, those of settings and other values as JSON data.

    So a class of settings, layers or images may change without the format.
    """

    version: int
    run_id: str
    project: str
    tier: str
    job_name: str
    job: _Tree
    sets: dict[str, str]
    argv: tuple[str, ...]
    target_name: str
    target: _Tree
    facts: _Tree
    environment: _Tree
    layers: tuple[_Tree, ...]
    main: str | None = None
    image: _Tree | None = None
    packages: dict[str, str]
    lock_sha256: str | None
    source: _Tree
    spark_conf: dict[str, str]
    store: str
    prefix: str
    output: str
    strict: bool = False
    created: str
    user: str | None = None
    root: str | None = None
    rerun_of: str | None = None
    release: str | None = None


def encode_plan(plan: Plan) -> bytes:
    """Return the record of a plan."""
    return encode(tree_of(plan))


def tree_of(plan: Plan) -> _Tree:
    """Return a plan as JSON data of this version."""
    stored = msgspec.convert({"version": VERSION, **msgspec.to_builtins(plan)}, StoredPlan)
    return msgspec.structs.asdict(stored)


def decode_plan(data: bytes, key: str) -> Plan:
    """Read the record of a plan that was written under ``key``.

    :raises UnreadableError: it is damaged, or of a newer version of sparkferry.
    """
    return plan_of(decode(data, _Tree, key), key)


def plan_of(tree: _Tree, key: str) -> Plan:
    """Return JSON data of the record ``key`` as a plan.

    :raises UnreadableError: it is none, or of a newer version of sparkferry.
    """
    check_version(tree, VERSION, key)
    try:
        stored = msgspec.convert(_migrated(tree), StoredPlan)
        return _planned(stored).without_secrets()
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        said = f"it lacks {error}" if isinstance(error, KeyError) else error
        raise unreadable(key, said) from error


def check_version(tree: _Tree, newest: int, key: str) -> None:
    """Make sure that the record ``key`` has a version that is known here.

    :raises UnreadableError: it has not.
    """
    version = tree.get("version", 1)
    if not isinstance(version, int):
        raise unreadable(key, f"`{version}` is not a valid version")
    if version > newest:
        raise UnreadableError(
            f"could not read the record `{key}`: it has version {version}, and this sparkferry reads up "
            f"to {newest}",
            hint="use the newer sparkferry",
        )


def layer_digests(data: bytes) -> frozenset[str] | None:
    """Return the digests of the layers that a plan refers to, if that much of it can be read."""
    try:
        return frozenset(str(layer["digest"]) for layer in json.loads(data)["layers"])
    except (ValueError, KeyError, TypeError):
        return None


def _migrated(tree: _Tree) -> _Tree:
    """Return the record as one of this version."""
    return {**tree, "version": VERSION, "facts": tree.get("facts") or _facts(tree)}


def _planned(stored: StoredPlan) -> Plan:
    """Return what is stored as a plan, without keys that settings of this version lack."""
    target, job = known(stored.target, AnyTarget), known(stored.job, Job)
    return msgspec.convert({**msgspec.structs.asdict(stored), "target": target, "job": job}, Plan)


def _facts(tree: _Tree) -> _Tree:
    """Return what version 1 knew of the place, which was always this machine or an image."""
    environment = tree["environment"]
    return {
        "spark": tree["spark"],
        "pythons": (".".join(environment["python"].split(".")[:2]),),
        "platform": environment["platform"],
        "glibc": environment["glibc"],
        "java": None,
        "deploy_mode": "client",
        "schemes": ("file",),
        "executors": None,
        "here": tree.get("image") is None,
    }


def known(value: Any, kind: object) -> Any:  # noqa: ANN401 - JSON data has no narrower type
    """Return ``value`` without the keys that the tables of ``kind`` do not have."""
    if not isinstance(value, dict):
        return value
    inner = types.values(kind)
    if inner is not None:
        return {key: known(item, inner) for key, item in value.items()}
    table = types.table_of(value, kind)
    if table is None:
        return value
    keys = types.keys(table)
    return {key: known(item, keys[key]) for key, item in value.items() if key in keys}
