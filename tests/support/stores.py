"""Real servers of objects on loopback, started once for a test session; see `tests/engines`.

``make engines`` installs them. Where one is missing, its tests skip; under ``CI=true`` they fail.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from sparkferry.base.cache import Cache
from sparkferry.env import Env

ENGINES = Path(__file__).parents[1] / "engines"
INSTALLED = Path(
    os.environ.get("SPARKFERRY_TEST_ENGINES")
    or Path(tempfile.gettempdir()) / "sparkferry-test-engines"
)
BUCKET = "ferry"


def need(program: Path | str) -> Path:
    """Return the program; skip the test where it is not installed, but fail in CI."""
    found = shutil.which(program)
    if found:
        return Path(found)
    said = f"{Path(program).name} is not installed: `make engines` does it"
    if os.environ.get("CI") == "true":
        pytest.fail(said)
    pytest.skip(said)


@contextmanager
def started(script: str, *options: object, keep: Path | None = None) -> Iterator[dict[str, str]]:
    """Start a server with all its state in memory, or in ``keep``; yield what it says of itself."""
    parent = Path("/dev/shm")
    temporary = tempfile.TemporaryDirectory(dir=parent if parent.is_dir() else None)
    with nullcontext(str(keep)) if keep else temporary as home:
        argv = [sys.executable, str(ENGINES / script), "up", home, *map(str, options)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr
        try:
            yield json.loads((Path(home) / "engine.json").read_text())
        finally:
            subprocess.run([*argv[:2], "down", home], check=True, timeout=60)


@pytest.fixture(scope="session")
def s3_environ() -> Iterator[dict[str, str]]:
    """The variables with which clients of S3 reach the server."""
    binary = need(INSTALLED / "bin/versitygw")
    with started("s3.py", "--bucket", BUCKET, "--binary", binary) as said:
        yield {
            "AWS_ENDPOINT_URL": said["url"],
            "AWS_ACCESS_KEY_ID": said["key"],
            "AWS_SECRET_ACCESS_KEY": said["secret"],
            "AWS_REGION": said["region"],
        }


@pytest.fixture(scope="session")
def gcs_environ() -> Iterator[dict[str, str]]:
    """The variable with which Google's clients reach the server."""
    binary = need(INSTALLED / "bin/fake-gcs-server")
    with started("gcs.py", "--bucket", BUCKET, "--binary", binary) as said:
        yield {"STORAGE_EMULATOR_HOST": said["url"]}


@pytest.fixture(scope="session")
def azure_environ() -> Iterator[dict[str, str]]:
    """The variable with which Azure's clients reach the server."""
    need(INSTALLED / "npm/node_modules/.bin/azurite-blob")
    with started("azure.py", "--container", BUCKET, "--prefix", INSTALLED / "npm") as said:
        parts = {
            "AccountName": said["account"],
            "AccountKey": said["key"],
            "BlobEndpoint": said["url"],
        }
        text = ";".join(f"{name}={value}" for name, value in parts.items())
        yield {"AZURE_STORAGE_CONNECTION_STRING": text}


@pytest.fixture(scope="session")
def hdfs() -> Iterator[str]:
    """Host and port of the NameNode of a real HDFS, in which everybody may write below /user."""
    jars = INSTALLED / "hadoop"
    need("java")
    if not jars.is_dir():
        need(jars)
    with started("hadoop.py", "--no-yarn", "--jars", jars) as said:
        os.environ["HADOOP_USER_NAME"] = "alice"
        yield said["hdfs"].removeprefix("hdfs://")


def env_of(environ: dict[str, str], root: Path) -> Env:
    """Return an environment with a cache of its own."""
    return Env(cache=Cache(root / "cache"), environ=environ)


def fresh(scheme: str) -> str:
    """Return the URL of a store that nobody else has."""
    return f"{scheme}://{BUCKET}/{secrets.token_hex(6)}/a store"
