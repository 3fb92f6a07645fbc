"""Where logins are found, beside the addresses of indexes (tests of layers.wheels.credentials)."""

import shutil
import subprocess
from pathlib import Path

import pytest

from sparkferry.http.addresses import is_loopback
from sparkferry.http.logins import Address, Logins
from sparkferry.http.uv_store import in_uv_store, store_file
from sparkferry.process import tool

FILE = "https://index.example.invalid/team/files/alpha.whl"
SIMPLE = "https://index.example.invalid/team/simple"


@pytest.fixture
def environ(tmp_path):
    return {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}


def log_in(environ: dict[str, str], service: str, *more: str) -> None:
    """Have uv itself keep a login."""
    uv = [tool("uv"), "auth", "login", service, *more]
    subprocess.run(uv, env=environ, check=True, capture_output=True)


@pytest.mark.parametrize("variable", [None, "XDG_DATA_HOME", "UV_CREDENTIALS_DIR"])
def test_what_uv_auth_login_wrote_is_found(environ, tmp_path, variable):
    if variable:
        environ[variable] = str(tmp_path / "elsewhere")
    log_in(environ, "https://index.example.invalid", "--username", "me", "--password", "hunter2")
    log_in(environ, SIMPLE, "--token", "hunter3")
    assert Logins(environ=environ).find(FILE) == ("__token__", "hunter3")
    assert in_uv_store("https://index.example.invalid/x", None, environ) == ("me", "hunter2")
    assert in_uv_store(FILE, "me", environ) == ("me", "hunter2")
    assert in_uv_store(FILE, "you", environ) is None
    assert in_uv_store("http://index.example.invalid/x", None, environ) is None
    assert in_uv_store("https://index.example.invalid:8443/x", None, environ) is None


@pytest.mark.parametrize(
    "text", ["", "[", "credential = 3", "[[credential]]\nservice = 3", "credential = [1]", "\x00"]
)
def test_a_store_that_cannot_be_read_holds_nothing(environ, text):
    path = store_file(environ)
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert Logins(environ=environ).find(FILE) is None


def test_of_two_indexes_of_a_host_the_nearer_one_counts():
    addresses = (
        Address("https://a:1@index.example.invalid/simple"),
        Address("https://b:2@index.example.invalid/team/simple/"),
        Address("https://c:3@index.example.invalid/other/simple"),
    )
    assert next(Logins(addresses).candidates(FILE)) == ("b", "2")
    assert Logins(addresses[::2]).find(FILE) == ("a", "1")


def test_an_index_that_wants_no_login_gets_none(environ, tmp_path):
    (tmp_path / ".netrc").write_text("default login me password hunter2")
    assert Logins(environ=environ).find(FILE) == ("me", "hunter2")
    never = Logins((Address(SIMPLE, "x", "never"),), environ)
    assert never.find(FILE) is None
    assert never.ask_keyring(FILE) is None


def test_netrc_is_asked_for_the_user_of_the_address(environ, tmp_path):
    (tmp_path / ".netrc").write_text("machine index.example.invalid login me password hunter2")
    mine = Logins((Address(SIMPLE.replace("://", "://me@")),), environ)
    yours = Logins((Address(SIMPLE.replace("://", "://you@")),), environ)
    assert mine.find(FILE) == ("me", "hunter2")
    assert list(yours.candidates(FILE)) == [("you", "")]


@pytest.mark.parametrize("data", [b"\xff\xfe", b"nonsense", b"machine a login", b"\x00"])
def test_a_netrc_that_cannot_be_read_holds_nothing(environ, tmp_path, data):
    (tmp_path / ".netrc").write_bytes(data)
    assert Logins(environ=environ).find(FILE) is None


def keyring(directory: Path, script: str) -> str:
    directory.mkdir(exist_ok=True)
    program = directory / "keyring"
    program.write_text(f'#!/bin/sh\necho "$@" >> {directory}/asked\n{script}\n')
    program.chmod(0o755)
    return f"{directory}:/usr/bin:/bin"


def test_keyring_is_asked_for_the_user_where_none_is_known(environ, tmp_path):
    script = '[ "$2 $3" = "index.example.invalid --mode" ] && printf "me\\nhunter2\\n"'
    environ["PATH"] = keyring(tmp_path / "bin", script)
    found = Logins((Address(SIMPLE, "x"),), environ).ask_keyring(FILE)
    assert found == ("me", "hunter2")
    assert (tmp_path / "bin/asked").read_text().splitlines() == [
        f"get {SIMPLE} --mode creds",
        "get index.example.invalid --mode creds",
    ]


def test_keyring_is_asked_about_any_host_where_uv_is_told_to(environ, tmp_path):
    environ["PATH"] = keyring(tmp_path / "bin", 'printf "me\\nhunter2\\n"')
    assert Logins(environ=environ).ask_keyring(FILE) is None
    assert Logins(environ=environ, keyring=True).ask_keyring(FILE) == ("me", "hunter2")
    shutil.rmtree(tmp_path / "bin")
    assert Logins(environ=environ, keyring=True).ask_keyring(FILE) is None


def test_loopback():
    assert all(map(is_loopback, ["localhost:5000", "127.0.0.1", "[::1]:5000", "a.localhost"]))
    assert not any(map(is_loopback, ["127.0.0.1.example", "10.0.0.1", "[nonsense", ""]))
