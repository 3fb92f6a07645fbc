import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from sparkferry.errors import ExternalError, UserError
from sparkferry.layers.interpreter.choose import PythonRequest, best, choose_prefix, fitting
from sparkferry.layers.interpreter.prefix import host_platform, running_prefix
from sparkferry.progress import QUIET
from support.interpreters import described, offer_downloads

WISH = PythonRequest(
    wanted=None, requires_python=">=3.11", oldest="3.9", newest="3.13", platform="linux/amd64"
)
OLD = described("/py/3.10.4", "3.10.4")
RUNNING = described("/py/3.11.7", "3.11.7")
PATCHED = described("/py/3.11.9", "3.11.9")
MANAGED = described("/uv/3.11.2", "3.11.2", managed=True)
NEW = described("/py/3.13.0", "3.13.0")
ARM = described("/uv/arm", "3.13.1", platform="linux/arm64", managed=True, native=False)
EVERY = (OLD, RUNNING, PATCHED, MANAGED, NEW, ARM)


def chosen(found, **what):
    wish = msgspec.structs.replace(WISH, **what)
    return best(fitting(wish, found), wish, RUNNING.path)


def test_what_runs_sparkferry_comes_first_where_nothing_is_wanted():
    assert chosen(EVERY) == RUNNING


def test_newest_minor_version_is_next_and_standalone_builds_lead_among_equals():
    assert chosen((OLD, PATCHED, MANAGED, NEW)) == NEW
    assert chosen((OLD, PATCHED, MANAGED)) == MANAGED


def test_requires_python_decides_where_nothing_is_wanted():
    assert chosen(EVERY, requires_python="<3.11") == OLD


def test_wanted_minor_version_is_taken_from_a_standalone_build_first():
    assert chosen(EVERY, wanted="3.11") == MANAGED
    assert chosen((OLD, RUNNING, PATCHED), wanted="3.11") == RUNNING
    assert chosen((OLD, PATCHED), wanted="3.11") == PATCHED


def test_wanted_full_version_is_exact():
    assert chosen(EVERY, wanted="3.11.9") == PATCHED
    assert fitting(msgspec.structs.replace(WISH, wanted="3.1"), EVERY) == []


def test_only_installations_of_the_platform_fit():
    assert chosen(EVERY, platform="linux/arm64") == ARM


@pytest.fixture
def no_network(tmp_path, monkeypatch):
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))


def test_chooses_what_runs_this_test_and_starts_nothing_the_second_time(cache, monkeypatch):
    version = "{}.{}.{}".format(*sys.version_info)
    wish = msgspec.structs.replace(
        WISH, requires_python=f"=={version}", newest="3.99", platform=host_platform()
    )
    first = choose_prefix(wish, cache, QUIET)
    assert first.path == running_prefix()

    monkeypatch.setattr(subprocess, "run", None)

    assert choose_prefix(wish, cache, QUIET) == first


def test_absent_version_names_the_choices(cache, no_network):
    wish = msgspec.structs.replace(WISH, wanted="3.12.99")

    with pytest.raises(
        ExternalError, match=r"could not find `Python 3\.12\.99` for linux/amd64"
    ) as it:
        choose_prefix(wish, cache, QUIET)

    assert "pack there" in it.value.hint
    assert "`python = " in it.value.hint


def test_spark_line_that_no_allowed_python_runs_is_the_users_mistake(cache):
    wish = msgspec.structs.replace(WISH, requires_python=">=3.90", oldest="3.70", newest="3.80")

    with pytest.raises(UserError, match=r"Spark runs on 3\.70 to 3\.80"):
        choose_prefix(wish, cache, QUIET)


@pytest.fixture
def downloads(tmp_path, monkeypatch):
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS_JSON_URL", offer_downloads(tmp_path / "server"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))


def test_fetches_a_standalone_build_of_another_platform_once(cache, downloads, monkeypatch):
    wish = msgspec.structs.replace(WISH, wanted="3.12", platform="linux/arm64")

    prefix = choose_prefix(wish, cache, QUIET)

    assert prefix.version == "3.12.9"
    assert prefix.platform == "linux/arm64"
    assert Path(prefix.directory).is_relative_to(cache.root)
    monkeypatch.setattr(subprocess, "run", None)
    assert choose_prefix(wish, cache, QUIET) == prefix


def test_fetches_the_newest_minor_version_that_is_allowed(cache, downloads):
    wish = msgspec.structs.replace(
        WISH, requires_python=">=3.11,<3.13", newest="3.14", platform="linux/arm64"
    )

    assert choose_prefix(wish, cache, QUIET).version == "3.12.9"


def test_fetched_build_must_satisfy_requires_python(cache, downloads):
    wish = msgspec.structs.replace(WISH, requires_python=">=3.12.10,<3.13", platform="linux/arm64")

    with pytest.raises(ExternalError, match="does not satisfy"):
        choose_prefix(wish, cache, QUIET)


def test_a_pinned_minor_version_is_taken_as_if_there_were_no_other():
    assert chosen(EVERY, pinned="3.13") == NEW
    assert chosen(EVERY, pinned="3.11") == RUNNING
    assert chosen(EVERY, pinned="3.10", requires_python=">=3.10") == OLD


def running_wish(pinned: str) -> PythonRequest:
    return msgspec.structs.replace(WISH, pinned=pinned, newest="3.99", platform=host_platform())


def test_of_a_pinned_patch_release_that_is_absent_another_one_is_taken(cache, no_network):
    wish = running_wish(f"3.{sys.version_info.minor}.98")
    assert choose_prefix(wish, cache, QUIET).path == running_prefix()


def test_a_pinned_version_that_cannot_be_had_does_not_stop_anything(cache, no_network):
    assert choose_prefix(running_wish("3.98"), cache, QUIET).path == running_prefix()


def test_a_pinned_version_that_is_absent_is_fetched(cache, downloads):
    wish = msgspec.structs.replace(WISH, pinned="3.12", platform="linux/arm64")
    assert choose_prefix(wish, cache, QUIET).version == "3.12.9"
