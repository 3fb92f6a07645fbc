"""Plans to test with."""

import re
from typing import Any

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.carriers.api import PublishedLayer
from sparkferry.carriers.archives import located, publish_layers
from sparkferry.env import Env
from sparkferry.facts import Facts
from sparkferry.image.model import RunImage
from sparkferry.layers.model import Environment, Layers
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.project.model import Job
from sparkferry.snapshot.branch import slug
from sparkferry.store.api import Store
from sparkferry.targets.plan import Plan, Source


def published(layers: Layers, store: Store) -> tuple[PublishedLayer, ...]:
    """Publish layers to a store as a run does, and return where they are."""
    publish_layers(layers, store, Env(cache=Cache(), environ={}))
    return located(layers, store)


def make_layers(code: str = "c" * 64) -> tuple[PublishedLayer, ...]:
    digests = {"interpreter": "a" * 64, "packages": "b" * 64, "code": code}
    return tuple(
        PublishedLayer(kind=kind, digest=digest, size=1, uri=f"file:///store/layers/{digest}")  # type: ignore[arg-type]
        for kind, digest in digests.items()
    )


def make_run_image(**changes: Any) -> RunImage:
    """Return an image that has Spark and Java, but not the code; any field can be changed."""
    image = RunImage(
        name="localhost/sparkferry/flights:12",
        digest="sha256:12",
        kind="spark",
        user="185:0",
        has_code=False,
        spark_home="/opt/spark",
        java_home="/usr/lib/jvm/java-17",
        java=17,
    )
    return msgspec.structs.replace(image, **changes)


def make_facts(**changes: Any) -> Facts:
    """Return what a machine with two executors brings; any field can be changed."""
    facts = Facts(
        spark="4.0.5",
        pythons=("3.11", "3.12"),
        platform="linux/amd64",
        glibc=(2, 36),
        java=(17, 21),
        deploy_mode="client",
        schemes=("file",),
        executors=2,
        here=True,
    )
    return msgspec.structs.replace(facts, **changes)


def make_plan(run_id: str = "flights-20260101-120000-aaaa", **changes: Any) -> Plan:
    """Return a plan without layers; ``branch`` and any field can be changed."""
    branch = changes.pop("branch", "main")
    plan = Plan(
        run_id=run_id,
        project="flights",
        tier="dev",
        job_name="flights",
        job=Job(entry="flights.jobs:run", args={"partitions": 8}),
        sets={},
        argv=(),
        target_name="local",
        target=LocalTarget(),
        facts=make_facts(),
        environment=Environment(python="3.12.1", platform="linux/amd64", glibc=(2, 36)),
        layers=(),
        packages={"numpy": "2.1.0", "pandas": "2.2.3"},
        lock_sha256="d" * 64,
        source=Source(branch=branch, head="1" * 40, commit="2" * 40, tree="3" * 40, dirty=True),
        spark_conf={"spark.ui.enabled": "true"},
        store="/store",
        prefix=f"runs/{slug(branch)}/{run_id}",
        output=f"file:///store/outputs/{run_id}",
        created=f"{_day(run_id)}T12:00:00.000000+00:00",
    )
    return msgspec.structs.replace(plan, **changes)


def _day(run_id: str) -> str:
    """Return the day in a run's id, as ISO 8601 has it."""
    found = re.search(r"-(\d{4})(\d\d)(\d\d)-", run_id)
    return "-".join(found.groups()) if found else "2026-01-01"
