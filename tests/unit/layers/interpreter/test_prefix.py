import os
import subprocess
import sys

import msgspec
import pytest

from sparkferry.layers.interpreter.prefix import (
    Facts,
    as_prefix,
    find_prefixes,
    host_platform,
    running_prefix,
)
from support.interpreters import make_standalone

MINOR = sys.version_info.minor
ALL = range(8, 16)

FACTS = Facts(
    implementation="cpython",
    version="3.12.1",
    release=True,
    threaded=False,
    libc="glibc",
    prefix="/opt/py",
    stdlib="/opt/py/lib/python3.12",
    dynload="/opt/py/lib/python3.12/lib-dynload",
    include="/opt/py/include/python3.12",
    sites=("/opt/py/lib/python3.12/site-packages",),
)


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """Nothing to be found but what runs this test, and the system's own."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))


def own(prefixes):
    return next(prefix for prefix in prefixes if prefix.path == running_prefix())


def test_finds_the_installation_behind_the_virtual_environment(cache):
    prefix = own(find_prefixes(cache, range(MINOR, MINOR + 1)))

    assert prefix.version == "{}.{}.{}".format(*sys.version_info)
    assert prefix.platform == host_platform()
    assert (prefix.path / prefix.stdlib / "os.py").is_file()
    assert prefix.site.count("/") == 2
    assert prefix.native
    assert prefix.binary.is_file()


def test_asks_an_interpreter_once(cache, monkeypatch):
    first = find_prefixes(cache, range(MINOR, MINOR + 1))

    monkeypatch.setattr(subprocess, "run", None)

    assert find_prefixes(cache, range(MINOR, MINOR + 1)) == first


def test_looks_at_no_other_minor_version(cache):
    assert find_prefixes(cache, range(99, 100)) == ()


def test_pyenvs_installations_are_found_through_their_links(cache, tmp_path, monkeypatch):
    place = tmp_path / "pyenv/versions/mine/bin"
    place.mkdir(parents=True)
    (place / f"python3.{MINOR}").symlink_to(running_prefix() / f"bin/python3.{MINOR}")

    paths = [prefix.path for prefix in find_prefixes(cache, ALL)]

    assert paths.count(running_prefix()) == 1


def test_script_or_broken_binary_of_that_name_is_passed_over(cache, tmp_path, monkeypatch):
    before = find_prefixes(cache, ALL)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    shim = tmp_path / "bin/python3.12"
    shim.write_text("#!/bin/sh\nexit 127\n")
    broken = tmp_path / "bin/python3.11"
    broken.write_bytes((running_prefix() / f"bin/python3.{MINOR}").read_bytes()[:4096])
    for path in (shim, broken):
        path.chmod(0o755)

    assert find_prefixes(cache, ALL) == before


def test_standalone_build_of_another_platform_is_described_by_its_layout(
    cache, tmp_path, monkeypatch
):
    place = make_standalone(tmp_path / "uv/cpython-3.12.9-linux-aarch64-gnu")
    make_standalone(tmp_path / "uv/cpython-3.12.9+freethreaded-linux-aarch64-gnu")
    make_standalone(tmp_path / "pyenv/versions/3.12.9")

    (prefix,) = [item for item in find_prefixes(cache, range(12, 13)) if not item.native]

    assert prefix.path == place
    assert prefix.version == "3.12.9"
    assert prefix.platform == "linux/arm64"
    assert prefix.managed
    assert (prefix.path / prefix.stdlib / "os.py").is_file()


def test_builds_are_also_looked_for_where_they_were_fetched_to(cache, tmp_path):
    place = make_standalone(tmp_path / "fetched/cpython-3.12.9-linux-aarch64-gnu")

    found = find_prefixes(cache, range(12, 13), tmp_path / "fetched")

    assert place in [prefix.path for prefix in found]


def test_uv_keeps_its_interpreters_in_the_users_data(cache, tmp_path, monkeypatch):
    monkeypatch.delenv("UV_PYTHON_INSTALL_DIR")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    place = make_standalone(tmp_path / "data/uv/python/cpython-3.12.9-linux-aarch64-gnu")

    assert place in [prefix.path for prefix in find_prefixes(cache, range(12, 13))]


@pytest.mark.parametrize(
    "what",
    [
        {"implementation": "pypy"},
        {"libc": ""},
        {"release": False},
        {"threaded": True},
        {"sites": ("/usr/local/lib/python3.12/dist-packages", "/opt/py/lib/python3/dist-packages")},
    ],
)
def test_what_is_no_plain_cpython_with_glibc_cannot_be_packed(what):
    assert as_prefix(msgspec.structs.replace(FACTS, **what), managed=False) is None


def test_debians_own_site_directory_is_chosen_among_three():
    sites = (
        "/usr/local/lib/python3.12/dist-packages",
        "/usr/lib/python3/dist-packages",
        "/usr/lib/python3.12/dist-packages",
    )
    facts = msgspec.structs.replace(FACTS, prefix="/usr", stdlib="/usr/lib/python3.12", sites=sites)

    prefix = as_prefix(facts, managed=False)

    assert prefix is not None
    assert prefix.site == "lib/python3.12/dist-packages"
    assert prefix.stdlib == "lib/python3.12"


def test_facts_are_those_that_the_interpreter_prints():
    from sparkferry.layers.interpreter import prefix as module

    program = os.fspath(module._DESCRIBE)
    done = subprocess.run([sys.executable, "-I", program], capture_output=True, check=True)

    assert msgspec.json.decode(done.stdout, type=Facts).prefix == sys.base_prefix
