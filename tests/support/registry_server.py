"""Debian's docker-registry on 127.0.0.1: plain, with Basic authentication, with TLS, and restartable."""

import json
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from support.authority import Authority

SHM = Path("/dev/shm")
USER, PASSWORD = "warm_cli", "canary-password-7f3a"
HTPASSWD = "warm_cli:$2y$04$nZ26OBZcUX3hnimptyCLaeEElAiNsrREytEWD/BoLjjs59bj6pCEC"
"""Of :data:`PASSWORD`, by ``htpasswd -Bbn``."""


class Registry:
    """A docker-registry that can be killed and started again on the same port with the same files."""

    def __init__(self, directory: Path, http: dict[str, Any], **settings: Any) -> None:
        self.directory = directory
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        self.scheme = "https" if "tls" in http else "http"
        self._process: subprocess.Popen[bytes] | None = None
        files = {
            "filesystem": {"rootdirectory": str(directory / "files")},
            "delete": {"enabled": True},
        }
        # JSON is YAML. The secret makes uploads outlive a restart.
        config = {
            "version": "0.1",
            "log": {"level": "warn", "accesslog": {"disabled": True}},
            "storage": files,
            "http": {"addr": self.host, "secret": "of-tests", **http},
            **settings,
        }
        (directory / "config.yml").write_text(json.dumps(config))

    @property
    def files(self) -> Path:
        """Where it keeps what it was given."""
        return self.directory / "files/docker/registry/v2"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        argv = ["setpriv", "--pdeathsig", "TERM", "docker-registry", "serve"]
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*argv, str(self.directory / "config.yml")], stdout=log, stderr=log
            )
        deadline = time.monotonic() + 60
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                pytest.fail((self.directory / "log").read_text()[-2000:])
            time.sleep(0.01)

    def kill(self) -> None:
        """End it as a power cut does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        context = ssl._create_unverified_context() if self.scheme == "https" else None
        try:
            urllib.request.urlopen(f"{self.scheme}://{self.host}/v2/", context=context).close()
        except urllib.error.HTTPError as error:
            error.close()
            return error.code == 401
        except OSError:
            return False
        return True


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def running(http: dict[str, Any] | None = None, **settings: Any) -> Iterator[Registry]:
    """Start a registry with these settings, beside the usual ones; it is gone with the block."""
    if shutil.which("docker-registry") is None:
        pytest.skip("docker-registry is not installed")
    parent = SHM if SHM.is_dir() else None
    directory = Path(tempfile.mkdtemp(prefix="sparkferry-registry-", dir=parent))
    registry = Registry(directory, http or {}, **settings)
    try:
        registry.start()
        yield registry
    finally:
        registry.kill()
        shutil.rmtree(directory)


@pytest.fixture(scope="session")
def registry() -> Iterator[Registry]:
    """A registry for everybody, over plain HTTP."""
    with running() as found:
        yield found


@pytest.fixture(scope="session")
def basic_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry that wants :data:`USER` and :data:`PASSWORD`, over plain HTTP."""
    file = tmp_path_factory.mktemp("htpasswd") / "htpasswd"
    file.write_text(HTPASSWD + "\n")
    with running(auth={"htpasswd": {"realm": "tests", "path": str(file)}}) as found:
        yield found


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> "Authority":
    """A certificate authority of this session."""
    from support.authority import Authority

    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def tls_registry(authority: "Authority") -> Iterator[Registry]:
    """A registry with a certificate of ``authority``."""
    tls = {"certificate": str(authority.certificate), "key": str(authority.key)}
    with running({"tls": tls}) as found:
        yield found


@pytest.fixture
def restartable_registry() -> Iterator[Registry]:
    """A registry of one test's own, to be killed and started."""
    with running() as found:
        yield found
