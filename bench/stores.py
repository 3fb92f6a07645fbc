"""A store behind HTTP: a real S3 server on loopback, against Amazon's own client."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from bench.measure import Bench
from bench.packing import make_project
from bench.report import Row
from sparkferry.base.cache import Cache
from sparkferry.env import Env
from sparkferry.runs.index import BUILT, end_key, job_key, place_of
from sparkferry.runs.ledger import Ledger
from sparkferry.store.open import open_store
from support.plans import make_plan
from support.registry_proxy import Proxy, proxying
from support.stores import BUCKET, INSTALLED, started

SIZE = 120 << 20
RUNS = 100_000
DELAY = 0.005
"""Seconds that each request takes longer."""

UPLOAD = """
import os, sys
from pathlib import Path
from sparkferry.base.cache import Cache
from sparkferry.env import Env
from sparkferry.store.open import open_store
env = Env(cache=Cache(), environ=dict(os.environ))
open_store(sys.argv[1], Path("/"), env).put_file(sys.argv[2], Path(sys.argv[3]))
"""

OBSTORE = """
import sys
from pathlib import Path
import obstore, obstore.store
store = obstore.store.from_url(sys.argv[1], client_options={"allow_http": True})
obstore.put(store, sys.argv[2], Path(sys.argv[3]))
"""


def measure(bench: Bench) -> list[Row]:
    """Measure uploads, and looking into a store of many runs."""
    with started(
        "s3.py", "--bucket", BUCKET, "--binary", INSTALLED / "bin/versitygw", keep=bench.root / "s3"
    ) as said:
        environ = {
            "AWS_ENDPOINT_URL": said["url"],
            "AWS_ACCESS_KEY_ID": said["key"],
            "AWS_SECRET_ACCESS_KEY": said["secret"],
            "AWS_REGION": said["region"],
        }
        served = Bench(bench.root, {**bench.env, **environ})
        return [_upload(served), _submission(served), *_looking(served)]


def _upload(bench: Bench) -> Row:
    source, number = bench.root / "layer", iter(range(1000))
    source.write_bytes(os.urandom(SIZE))
    tools = bench.root / "clients"
    bench.run("uv", "venv", "-q", "-p", "3.11", tools)
    bench.run("uv", "pip", "install", "-q", "-p", tools, "awscli", "obstore")
    base = f"s3://{BUCKET}/bench"

    def best(argv: tuple[str | Path, ...]) -> float:
        # Each time another key, since a layer that is there is not sent.
        return min(
            bench.time([*argv[:-2], f"{argv[-2]}{next(number)}", argv[-1]], times=1).best
            for _ in range(5)
        )

    ours = best((bench.root / "ferry/bin/python", "-c", UPLOAD, base, "ours", source))
    # `aws s3 cp` takes the source first.
    aws = min(
        bench.time(
            [tools / "bin/aws", "s3", "cp", "--quiet", source, f"{base}/aws{next(number)}"], times=1
        ).best
        for _ in range(5)
    )
    rust = best((tools / "bin/python", "-c", OBSTORE, base, "rust", source))
    return Row(
        "upload of 120 MB to S3 on loopback, whole process",
        f"{ours:.2f} s",
        f"`aws s3 cp`: {aws:.2f} s; obstore: {rust:.2f} s",
        f"{ours / aws:.2f}",
        "≤ 0.8 of `aws s3 cp`",
        ours / aws <= 0.8,
    )


def _submission(bench: Bench) -> Row:
    """Count what a detached run asks for whose code has changed by a line."""
    project = bench.root / "packed"
    if not project.exists():
        make_project(bench)
    with proxying(urlsplit(bench.env["AWS_ENDPOINT_URL"]).netloc) as proxy:
        url = f"http://{proxy.host}"
        store = ("-o", f"targets.local.store=s3://{BUCKET}/team", "-o", "targets.local.workers=0")
        bench.run("sparkferry", "run", "imports", *store, "-C", project, AWS_ENDPOINT_URL=url)
        (project / "src/packed/__init__.py").write_text("CHANGED = 1\n")
        proxy.asked.clear()
        run = bench.run(
            "sparkferry", "run", "imports", "--detach", *store, "-C", project, AWS_ENDPOINT_URL=url
        )
        asked, sent = len(proxy.asked), sum(it.size for it in proxy.asked)
        bench.run("sparkferry", "cancel", run.strip(), *store, "-C", project)
    return Row(
        "`run --detach` after a change of one line, layers in S3",
        f"{asked} requests, {sent / 1000:.0f} kB sent",
        "–",
        "–",
        "code layer and records; ≤ 12 requests",
        asked <= 12,
    )


def _looking(bench: Bench) -> Iterator[Row]:
    root = f"s3://{BUCKET}/many"
    _fill(bench.root / "s3/data" / BUCKET / "many")
    env = Env(cache=Cache(bench.root / "filling"), environ=bench.env)
    _runs(Ledger(open_store(root, Path("/"), env)))
    with _slow(bench) as slow:
        first = slow.time(
            ["sparkferry", "runs", "--store", root], before=lambda: _forget(bench), times=5
        ).best
        memory = slow.peak_memory(["sparkferry", "runs", "--store", root], bench.root)
        yield Row(
            f"`runs`, first page of {RUNS:,}, 5 ms a request, nothing cached",
            f"{first:.2f} s, {memory / 1e6:.0f} MB",
            "–",
            "–",
            "≤ 0.3 s, ≤ 100 MB",
            first <= 0.3 and memory <= 100e6,
        )
        for command in ("status", "logs"):
            seconds = slow.time(["sparkferry", command, "new-3", "--store", root], times=5).best
            yield Row(
                f"`{command}`, the same store",
                f"{seconds:.2f} s",
                "–",
                "–",
                "≤ 0.15 s",
                seconds <= 0.15,
            )


def _forget(bench: Bench) -> None:
    for path in (Path(bench.env["SPARKFERRY_CACHE_DIR"]) / "memo").glob("*.json"):
        path.unlink()


def _fill(directory: Path) -> None:
    """Write the keys of ended runs of last year as files of the server, which keeps objects as such."""
    keys = [BUILT]
    for number in range(RUNS):
        run, created = f"old-{number}", _created(number)
        place = place_of(run, created)
        keys += [
            f"ids/{run}",
            job_key(f"runs/main/{run}", created, "pi"),
            end_key(place, "failed", 5),
        ]
    made = set[Path]()
    for key in keys:
        path = directory / key
        if path.parent not in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            made.add(path.parent)
        path.touch()


def _created(number: int) -> str:
    minute, tenth = divmod(number, 10)
    hour, minute = divmod(minute, 60)
    day, hour = divmod(hour, 24)
    return f"2025-01-{day + 1:02}T{hour:02}:{minute:02}:{tenth:02}"


def _runs(ledger: Ledger) -> None:
    for number in range(25):
        run = ledger.create(make_plan(f"new-{number}"))
        ledger.store.put(f"{run.plan.prefix}/logs/driver.log", b"line\n" * 1000)
        for state in ("submitting", "submitted", "running", "succeeded"):
            run = ledger.append(run, state)


@contextmanager
def _slow(bench: Bench) -> Iterator[Bench]:
    """Yield a bench whose requests to the store take longer."""
    with proxying(urlsplit(bench.env["AWS_ENDPOINT_URL"]).netloc) as proxy:
        _delay(proxy)
        yield Bench(bench.root, {**bench.env, "AWS_ENDPOINT_URL": f"http://{proxy.host}"})


def _delay(proxy: Proxy) -> None:
    proxy.before = lambda *_: time.sleep(DELAY)
