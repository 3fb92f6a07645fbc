"""What uv could lock in a shell can be fetched in it: uv itself is asked first.

A row that uv cannot do says nothing; those that it is known to do are marked.
"""

import os
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from sparkferry.base.cache import Cache
from sparkferry.errors import SparkferryError
from sparkferry.files import sha256_file
from sparkferry.layers.model import Artifact
from sparkferry.layers.wheels.credentials import find_shell
from sparkferry.layers.wheels.fetch import Fetch, find_fetched
from sparkferry.process import tool
from support.clocks import FakeClock
from support.index_server import Index, serving
from support.proxies import http_proxy, socks_proxy
from support.registry_logins import Counter
from support.wheels import make_wheel

LOGIN = ("me", "p@w")
_QUICK = {"UV_NO_CACHE": "1", "UV_HTTP_RETRIES": "0"}
DEAD = "http://127.0.0.1:1"


@pytest.fixture
def place(tmp_path, authority):
    """Servers of all kinds, and the words for them in the rows below."""
    files = tmp_path / "files"
    files.mkdir()
    make_wheel(files, "alpha")
    (tmp_path / "trusted").mkdir()
    (tmp_path / "trusted/company.pem").write_bytes(authority.ca.read_bytes())
    (tmp_path / "bad.pem").write_text("hello")
    (tmp_path / "client.pem").write_bytes(
        authority.certificate.read_bytes() + authority.key.read_bytes()
    )
    with ExitStack() as stack:
        servers = {
            "plain": stack.enter_context(serving(files)),
            "private": stack.enter_context(serving(files)),
            "secure": stack.enter_context(serving(files, authority.server_context())),
            "mutual": stack.enter_context(
                serving(files, authority.server_context(wants_client=True))
            ),
        }
        servers["private"].login = LOGIN
        yield {
            **servers,
            "dir": tmp_path,
            "ca": authority.ca,
            "proxy": stack.enter_context(http_proxy(LOGIN)).host,
            "socks": stack.enter_context(socks_proxy(LOGIN)).host,
        }


ROWS = [
    ("plain", {}, True),
    ("plain", {"NO_PROXY": "localhost,fd00::/8", "HTTP_PROXY": ""}, True),
    ("plain", {"NO_PROXY": "[::1]"}, True),
    ("plain", {"NO_PROXY": "::1,[fe80::1%eth0],//,*.x,:80"}, True),
    ("plain", {"ALL_PROXY": "socks5h://127.0.0.1:1", "NO_PROXY": "127.0.0.1"}, True),
    ("plain", {"HTTP_PROXY": DEAD, "NO_PROXY": "127.0.0.0/8"}, True),
    ("plain", {"HTTP_PROXY": DEAD, "NO_PROXY": " 127.0.0.1 ,x"}, True),
    ("plain", {"HTTP_PROXY": DEAD, "NO_PROXY": "*"}, None),
    ("plain", {"HTTP_PROXY": DEAD, "REQUEST_METHOD": "GET"}, True),
    ("plain", {"HTTP_PROXY": "htp://127.0.0.1:1"}, True),
    ("plain", {"HTTP_PROXY": "http://[bad"}, True),
    ("plain", {"HTTP_PROXY": "http://my proxy:1"}, True),
    ("plain", {"HTTP_PROXY": "", "http_proxy": DEAD}, True),
    ("plain", {"HTTPS_PROXY": "socks5://x", "HTTP_PROXY": "http://me:p%40w@{proxy}"}, True),
    ("plain", {"http_proxy": "me:p%40w@{proxy}"}, True),
    ("plain", {"all_proxy": "socks5://me:p%40w@{socks}"}, True),
    ("plain", {"ALL_PROXY": "socks5h://me:p%40w@{socks}"}, True),
    ("plain", {"ALL_PROXY": "socks4://me@{socks}"}, None),
    ("plain", {"ALL_PROXY": "socks4a://me@{socks}"}, None),
    (
        "plain",
        {"SSL_CERT_FILE": "/nowhere", "SSL_CERT_DIR": "/nowhere", "SSL_CLIENT_CERT": "/no"},
        True,
    ),
    ("plain", {"SSL_CLIENT_CERT": "{dir}/bad.pem", "SSL_CERT_FILE": "{dir}/bad.pem"}, True),
    ("plain", {"UV_HTTP_TIMEOUT": "soon"}, None),
    ("secure", {"SSL_CERT_FILE": "{ca}"}, True),
    ("secure", {"SSL_CERT_DIR": "/nowhere:{dir}/trusted"}, True),
    ("secure", {"SSL_CERT_FILE": "/nowhere", "SSL_CERT_DIR": "{dir}/trusted"}, True),
    ("secure", {"SSL_CERT_FILE": "{dir}/bad.pem", "SSL_CERT_DIR": "{dir}/trusted"}, True),
    ("secure", {"UV_SYSTEM_CERTS": "1", "SSL_CERT_FILE": "{ca}"}, True),
    ("secure", {"UV_INSECURE_HOST": "x localhost"}, True),
    ("secure", {"UV_INSECURE_HOST": "*"}, True),
    ("secure", {"SSL_CERT_FILE": "{ca}", "https_proxy": "http://me:p%40w@{proxy}"}, True),
    ("secure", {"SSL_CERT_FILE": "{ca}", "ALL_PROXY": "socks5h://me:p%40w@{socks}"}, True),
    ("mutual", {"SSL_CERT_FILE": "{ca}", "SSL_CLIENT_CERT": "{dir}/client.pem"}, True),
    ("private", {"NETRC": "{dir}/netrc"}, True),
    ("private", {"UV_CREDENTIALS_DIR": "{dir}/store"}, True),
    ("private", {"UV_KEYRING_PROVIDER": "subprocess", "user": "me"}, True),
    ("private", {"user": "me:p%40w"}, True),
]


def shell(row: dict[str, str], index: Index, words: dict[str, object]) -> dict[str, str]:
    """Return the environment of a row; `user` is a login in the address of the index."""
    environ = {name: value.format(**words) for name, value in row.items()}
    user = environ.pop("user", "")
    url = index.simple.replace("://", f"://{user}@") if user else index.simple
    path = f"{words['dir']}/bin:/usr/bin:/bin"
    home = str(words["dir"])
    return {"PATH": path, "HOME": home, "UV_DEFAULT_INDEX": url, **_QUICK, **environ}


def keep_logins(directory: Path, index: Index) -> None:
    """Put the login where netrc, uv and keyring keep it."""
    host = index.url.partition("//")[2].partition(":")[0]
    (directory / "netrc").write_text(f"machine {host} login {LOGIN[0]} password {LOGIN[1]}\n")
    (directory / "bin").mkdir(exist_ok=True)
    (directory / "bin/keyring").write_text(f"#!/bin/sh\necho {LOGIN[1]}\n")
    (directory / "bin/keyring").chmod(0o755)
    uv = [tool("uv"), "auth", "login", index.url, "--username", LOGIN[0], "--password", LOGIN[1]]
    environ = {"HOME": str(directory), "UV_CREDENTIALS_DIR": str(directory / "store")}
    subprocess.run(uv, env=environ, check=True, capture_output=True)


@pytest.mark.parametrize(("kind", "row", "known"), ROWS)
def test_what_uv_could_lock_can_be_fetched(place, monkeypatch, tmp_path, kind, row, known):
    index = place[kind]
    keep_logins(tmp_path, place["private"])
    environ = shell(row, index, place)
    uv = [tool("uv"), "pip", "compile", "--quiet", "-"]
    locked = subprocess.run(uv, env=environ, input=b"alpha", capture_output=True, check=False)
    if known:
        assert locked.returncode == 0, locked.stderr.decode()
    fetched = fetch_in(environ, index, tmp_path, monkeypatch)
    assert fetched or locked.returncode


def fetch_in(
    environ: dict[str, str], index: Index, directory: Path, patch: pytest.MonkeyPatch
) -> bool:
    """Return whether the wheel can be fetched in this environment."""
    for name in os.environ:
        patch.delenv(name)
    for name, value in environ.items():
        patch.setenv(name, value)
    (wheel,) = (directory / "files").glob("*.whl")
    url = f"{index.url}/files/{wheel.name}"
    artifact = Artifact(name=wheel.name, url=url, sha256=sha256_file(wheel))
    cache = Cache(directory / "cache")
    found = find_shell(directory, directory / "uv.lock")
    try:
        Fetch(cache, found, Counter(), clock=FakeClock()).all([artifact])
    except SparkferryError as error:
        print(error.message, error.hint)
        return False
    return find_fetched(artifact, cache) is not None
