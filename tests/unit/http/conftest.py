from pathlib import Path

import pytest

from sparkferry.http.client import HttpClient
from sparkferry.http.message import Request
from sparkferry.http.network import read_network
from support.clocks import FakeClock
from support.index_server import serving
from support.wheels import make_wheel


@pytest.fixture
def files(tmp_path) -> Path:
    """A directory with a wheel."""
    (tmp_path / "files").mkdir()
    make_wheel(tmp_path / "files", "alpha")
    return tmp_path / "files"


@pytest.fixture
def index(files):
    with serving(files) as found:
        yield found


@pytest.fixture
def tls_index(files, authority):
    """An index with a certificate of ``authority``, for localhost."""
    with serving(files, authority.server_context()) as found:
        yield found


@pytest.fixture
def get():
    """Call it with an address and variables: the status of one GET."""

    def ask(url: str, root: Path | None = None, **environ: str) -> int:
        with HttpClient(read_network(environ, root), FakeClock(), timeout=5) as client:
            call = Request("GET", f"{url}/simple/alpha/", "fetch `alpha`")
            response = client.open(call)
            try:
                return client.read(call, response).status
            finally:
                response.close()

    return ask
