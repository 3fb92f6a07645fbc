from pathlib import Path

import pytest

from sparkferry.http.logins import Logins
from sparkferry.layers.wheels.credentials import find_logins

FILE = "https://index.example.invalid/files/alpha.whl"
ME = ("me", "hunter2")


@pytest.fixture
def bare(index, monkeypatch, tmp_path):
    """An environment and a project that name no login."""
    monkeypatch.delenv("UV_DEFAULT_INDEX")
    return tmp_path


def find(root: Path) -> Logins:
    return find_logins(root, root / "uv.lock")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("UV_INDEX", "https://a.example.invalid/ https://me:hunter2@index.example.invalid/simple/"),
        ("UV_INDEX", "named=https://me:hunter2@index.example.invalid/simple"),
        ("UV_DEFAULT_INDEX", "https://me:hunter2@index.example.invalid/simple"),
        ("UV_INDEX_URL", "https://me:hunter2@index.example.invalid:443/simple"),
        ("UV_EXTRA_INDEX_URL", "https://me:hunter2@index.example.invalid/simple"),
        ("PIP_INDEX_URL", "https://me:hunter2@index.example.invalid/simple"),
        ("PIP_EXTRA_INDEX_URL", "https://x/ https://me:hunter2@INDEX.example.invalid/simple"),
    ],
)
def test_a_login_in_an_address_of_the_environment(bare, monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    assert find(bare).find(FILE) == ME


@pytest.mark.parametrize(
    "elsewhere",
    [
        "http://index.example.invalid/files/alpha.whl",
        "https://index.example.invalid:8443/files/alpha.whl",
        "https://example.invalid/files/alpha.whl",
        "https://index.example.invalid.evil.invalid/alpha.whl",
    ],
)
def test_a_login_is_of_one_host(bare, monkeypatch, elsewhere):
    monkeypatch.setenv("UV_INDEX", "https://me:hunter2@index.example.invalid/simple")
    assert find(bare).find(elsewhere) is None


def test_percent_signs_are_decoded(bare, monkeypatch):
    monkeypatch.setenv("UV_INDEX", "https://m%40e:p%2Fw@index.example.invalid/")
    assert find(bare).find(FILE) == ("m@e", "p/w")


def test_a_token_as_user(bare, monkeypatch):
    monkeypatch.setenv("UV_INDEX", "https://token@index.example.invalid/")
    assert find(bare).find(FILE) == ("token", "")


@pytest.mark.parametrize(
    "table",
    ["[[tool.uv.index]]\nname = 'my-index'\n", "[[tool.poetry.source]]\nname = 'my-index'\n"],
)
def test_variables_for_an_index_of_the_project(bare, monkeypatch, table):
    (bare / "pyproject.toml").write_text(f"{table}url = 'https://index.example.invalid/simple'\n")
    assert find(bare).find(FILE) is None
    monkeypatch.setenv("UV_INDEX_MY_INDEX_USERNAME", "me")
    assert find(bare).find(FILE) == ("me", "")
    monkeypatch.setenv("UV_INDEX_MY_INDEX_PASSWORD", "hunter2")
    assert find(bare).find(FILE) == ME


def test_the_password_of_a_named_user(bare, monkeypatch):
    monkeypatch.setenv("UV_INDEX", "mine=https://me@index.example.invalid/simple")
    monkeypatch.setenv("UV_INDEX_MINE_PASSWORD", "hunter2")
    assert find(bare).find(FILE) == ME


def test_a_login_in_the_lock(bare):
    (bare / "uv.lock").write_text('url = "https://me:hunter2@index.example.invalid/f.whl"')
    assert find(bare).find(FILE) == ME


def test_a_broken_table_of_indexes_is_no_login(bare):
    (bare / "pyproject.toml").write_text("[tool.uv]\nindex = 3\n[[tool.poetry.source]]\nname='a'\n")
    assert find(bare).find(FILE) is None


@pytest.mark.parametrize(
    ("text", "login"),
    [
        ("machine index.example.invalid login me password hunter2", ME),
        ("machine other.invalid login me password hunter2", None),
        ("machine index.example.invalid login", None),
    ],
)
def test_netrc(bare, monkeypatch, text, login):
    (bare / "netrc").write_text(text)
    (bare / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(bare / "netrc"))
    assert find(bare).find(FILE) == login


def test_nothing_of_a_login_is_shown(bare, monkeypatch):
    monkeypatch.setenv("UV_INDEX", "https://me:hunter2@index.example.invalid/simple")
    assert "hunter2" not in repr(find(bare))


@pytest.fixture
def keyring(bare, monkeypatch):
    """A keyring command that knows one password."""
    directory = bare / "bin"
    directory.mkdir()
    program = directory / "keyring"
    program.write_text(
        '#!/bin/sh\n[ "$1 $3" = "get me" ] || exit 1\n'
        'case "$2" in index.example.invalid) echo hunter2;; *) exit 1;; esac\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{directory}:/usr/bin:/bin")
    return program


@pytest.mark.parametrize(
    ("address", "login"),
    [
        ("https://me@index.example.invalid/simple", ME),
        ("https://you@index.example.invalid/simple", None),
        ("https://index.example.invalid/simple", None),
        ("https://me@elsewhere.invalid/simple", None),
    ],
)
def test_keyring(keyring, bare, monkeypatch, address, login):
    monkeypatch.setenv("UV_INDEX", address)
    assert find(bare).ask_keyring(FILE) == login


def test_a_keyring_that_cannot_be_started(keyring, bare, monkeypatch):
    keyring.write_text("#!/nowhere/at/all\n")
    monkeypatch.setenv("UV_INDEX", "https://me@index.example.invalid/simple")
    assert find(bare).ask_keyring(FILE) is None


def test_no_keyring(bare, monkeypatch):
    monkeypatch.setenv("UV_INDEX", "https://me@index.example.invalid/simple")
    monkeypatch.setenv("PATH", str(bare))
    assert find(bare).ask_keyring(FILE) is None
