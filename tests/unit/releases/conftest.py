"""A small release in a directory store."""

import json
from pathlib import Path

import msgspec
import pytest

from sparkferry.carriers.api import PublishedLayer, layer_key
from sparkferry.files import sha256_bytes
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.project.model import Job
from sparkferry.releases.create import CHECKS
from sparkferry.releases.model import Release, encode_release, release_key
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.stored import tree_of
from sparkferry.store.directory.store import DirectoryStore
from support.clocks import FakeClock
from support.plans import make_plan

KINDS = ("interpreter", "packages", "code")


def make_release(name: str = "1.0.0", **changes: object) -> Release:
    """Return a release of three small layers; any field can be changed."""
    layers = tuple(
        PublishedLayer(
            kind=kind, digest=sha256_bytes(kind.encode()), size=len(kind), uri="file:///x"
        )
        for kind in KINDS
    )
    plan = make_plan(layers=layers, target=LocalTarget(workers=0))
    release = Release(
        name=name,
        project="flights",
        tier="prod",
        created="2026-01-01T11:00:00.000000+00:00",
        user="ada",
        source=plan.source,
        tag=f"v{name}",
        notes="First.",
        jobs={"pi": Job(entry="flights.jobs:pi", args={"points": 10})},
        target="local",
        plans={"local": json.loads(json.dumps(tree_of(plan)))},
        lock_sha256="d" * 64,
        builder={"sparkferry": "0.1.0"},
        checks=CHECKS,
    )
    return msgspec.structs.replace(release, **changes)


def publish(ledger: Ledger, release: Release) -> Release:
    """Put the release and its layers into the ledger's store."""
    for kind in KINDS:
        ledger.store.put(layer_key(kind, sha256_bytes(kind.encode())), kind.encode())
    assert ledger.store.put(release_key(release.name), encode_release(release))
    return release


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(DirectoryStore(tmp_path / "dev"), FakeClock())


@pytest.fixture
def production(tmp_path: Path) -> Ledger:
    return Ledger(DirectoryStore(tmp_path / "prod"), FakeClock())


@pytest.fixture
def release(ledger: Ledger) -> Release:
    return publish(ledger, make_release())
