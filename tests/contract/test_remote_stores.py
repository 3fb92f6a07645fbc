"""Stores behind HTTP, each against a real server, by the contract of stores."""

import secrets
from functools import partial
from pathlib import Path

import pytest

from contract.store_contract import StoreContract
from sparkferry.store.api import Store
from sparkferry.store.open import open_store
from support.stores import env_of, fresh

pytestmark = pytest.mark.store


def opened(url: str, environ: dict[str, str], root: Path) -> Store:
    return open_store(url, root, env_of(environ, root))


class RemoteContract(StoreContract):
    scheme: str

    @pytest.fixture
    def environ(self) -> dict[str, str]:
        raise NotImplementedError

    @pytest.fixture
    def url(self) -> str:
        return fresh(self.scheme)

    @pytest.fixture
    def store(self, url: str, environ: dict[str, str], tmp_path: Path) -> Store:
        return opened(url, environ, tmp_path)

    @pytest.fixture
    def reopen(self, url: str, environ: dict[str, str], tmp_path: Path):
        return partial(opened, url, environ, tmp_path)


class TestS3(RemoteContract):
    scheme = "s3"

    @pytest.fixture
    def environ(self, s3_environ: dict[str, str]) -> dict[str, str]:
        return s3_environ


class TestGcs(RemoteContract):
    scheme = "gs"

    @pytest.fixture
    def environ(self, gcs_environ: dict[str, str]) -> dict[str, str]:
        return gcs_environ


class TestAzure(RemoteContract):
    scheme = "az"

    @pytest.fixture
    def environ(self, azure_environ: dict[str, str]) -> dict[str, str]:
        return azure_environ


class TestHdfs(RemoteContract):
    @pytest.fixture
    def environ(self) -> dict[str, str]:
        return {}

    @pytest.fixture
    def url(self, hdfs: str) -> str:
        return f"hdfs://{hdfs}/user/{secrets.token_hex(6)}/a store"
