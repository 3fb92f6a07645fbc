import pytest

from sparkferry.base.cache import Cache
from sparkferry.layers.check import check_lock
from sparkferry.layers.environment import host_glibc
from sparkferry.layers.interpreter.prefix import host_platform
from sparkferry.layers.model import Environment
from support.index_server import Index
from support.projects import Laptop
from support.wheels import make_sdist, make_wheel

HERE = Environment(
    python="3.12", platform=host_platform() or "linux/amd64", glibc=host_glibc() or (2, 17)
)
NO_LOCK = (
    "there is no uv.lock, poetry.lock, pylock.toml or requirements.txt beside its pyproject.toml"
)
OUTDATED = "uv.lock: error: `uv.lock` is not up to date with pyproject.toml"
THERE = "linux/arm64" if HERE.platform == "linux/amd64" else "linux/amd64"


@pytest.fixture
def served(index: Index) -> Index:
    make_wheel(index.directory, "alpha")
    make_wheel(index.directory, "beta", "2.0")
    make_wheel(index.directory, "pyspark", "4.0.5")
    make_wheel(index.directory, "pyspark-client", "4.1.2")
    make_sdist(index.directory, "sdonly")
    return index


def findings(project, cache: Cache, environment: Environment = HERE) -> list[str]:
    found = check_lock(project, environment, cache)
    assert all(item.hint and item.file for item in found)
    return [str(item) for item in found]


def test_a_good_lock(served, laptop: Laptop, cache):
    project = laptop.project("alpha", "pyspark")
    laptop.uv("lock")
    assert findings(project, cache) == []


def test_no_lock(served, laptop: Laptop, cache):
    assert findings(laptop.project("alpha"), cache) == [
        f"pyproject.toml: error: could not find a lock of `demo`: {NO_LOCK}"
    ]
    assert findings(laptop.project(), cache) == []


def test_a_uv_lock_that_is_not_up_to_date(served, laptop: Laptop, cache):
    laptop.project("alpha")
    laptop.uv("lock")
    assert findings(laptop.project("alpha<9", "beta"), cache) == [
        f"{OUTDATED}: it was made with `alpha`, and `alpha<9` is asked for",
        f"{OUTDATED}: it does not know `beta`",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("UV_OFFLINE", "1"),
        ("UV_FROZEN", "1"),
        ("UV_PYTHON", "3.1"),
        ("UV_DEFAULT_INDEX", "http://127.0.0.1:9/"),
        ("UV_EXCLUDE_NEWER", "2001-01-01"),
        ("UV_RESOLUTION", "lowest"),
    ],
)
def test_a_verdict_does_not_depend_on_variables(
    served, laptop: Laptop, cache, monkeypatch, name, value
):
    project = laptop.project("alpha")
    laptop.uv("lock")
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("UV_CACHE_DIR", str(laptop.root.parent / "another-cache"))
    assert findings(project, cache) == []
    stale = laptop.project("alpha", "unknown")
    assert findings(stale, cache) == [f"{OUTDATED}: it does not know `unknown`"]


def test_another_spark_than_the_project_s(served, laptop: Laptop, cache):
    project = laptop.project("alpha", "pyspark-client")
    laptop.uv("lock")
    (found,) = findings(project, cache)
    line = (laptop.root / "uv.lock").read_text().splitlines().index('name = "pyspark-client"') + 1
    assert found == (
        f"uv.lock:{line}: error: the lock has pyspark-client 4.1.2, the project is written for "
        "Spark 4.0"
    )


def test_everything_at_once(served, laptop: Laptop, cache):
    make_wheel(served.directory, "gamma", tag="cp311-cp311-win32")
    make_wheel(served.directory, "delta", tag="cp311-cp311-win32")
    laptop.project("gamma", "delta")
    laptop.uv("lock")
    found = findings(laptop.project("gamma", "delta", "beta"), cache)
    assert [text.partition("could not select ")[2][:7] for text in found] == [
        "`delta`",
        "`gamma`",
        "",
    ]
    assert "not up to date" in found[2]


def test_what_must_be_built_for_another_platform(served, laptop: Laptop, cache):
    project = laptop.project("sdonly", "alpha")
    laptop.uv("lock")
    there = Environment(python="3.12", platform=THERE, glibc=(2, 40))
    (found,) = findings(project, cache, there)
    assert f"warning: sdonly has no wheel for {THERE}" in found


def test_requirements_without_hashes(served, laptop: Laptop, cache):
    laptop.write("requirements.txt", "alpha\n")
    (found,) = findings(laptop.project("alpha"), cache)
    assert found.startswith("requirements.txt: warning: `requirements.txt` has no hashes")


def test_requirements_that_do_not_serve_the_project(served, laptop: Laptop, cache):
    laptop.write("requirements.txt", "alpha\nbeta==2.0\n")
    project = laptop.project("alpha>=2", "missing", "beta", "ignored; sys_platform == 'win32'")
    _, alpha, missing = findings(project, cache)
    assert alpha == (
        "requirements.txt:1: error: `requirements.txt` has alpha 1.0, pyproject.toml wants "
        "`alpha>=2`"
    )
    assert missing == (
        "requirements.txt: error: `requirements.txt` does not have `missing`, which pyproject.toml "
        "depends on"
    )


def test_a_lock_that_cannot_be_read(served, laptop: Laptop, cache):
    laptop.write("pylock.toml", "lock-version = ")
    (found,) = findings(laptop.project("alpha"), cache)
    assert found.startswith("pylock.toml: error: could not read the lock")
