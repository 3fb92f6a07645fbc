"""Stores behind HTTP, each against a real server, by the contract of stores."""

import secrets
from functools import partial
from pathlib import Path

import obstore
import obstore.exceptions
import obstore.store
import pytest

from contract.store_contract import StoreContract
from sparkferry.store.api import Store
from sparkferry.store.open import open_store
from support.stores import BUCKET, env_of, fresh

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


class TestOtherClients:
    """What another client writes is read here, and the other way round."""

    def test_s3(self, s3_environ: dict[str, str], tmp_path: Path) -> None:
        other = obstore.store.S3Store(
            BUCKET,
            prefix="other",
            client_options={"allow_http": True},
            endpoint=s3_environ["AWS_ENDPOINT_URL"],
            access_key_id=s3_environ["AWS_ACCESS_KEY_ID"],
            secret_access_key=s3_environ["AWS_SECRET_ACCESS_KEY"],
            region=s3_environ["AWS_REGION"],
        )
        both_ways(other, opened(f"s3://{BUCKET}/other", s3_environ, tmp_path), tmp_path)

    def test_azure(self, azure_environ: dict[str, str], tmp_path: Path) -> None:
        text = azure_environ["AZURE_STORAGE_CONNECTION_STRING"]
        said = dict(part.split("=", 1) for part in text.split(";"))
        other = obstore.store.AzureStore(
            BUCKET,
            prefix="other",
            client_options={"allow_http": True},
            endpoint=said["BlobEndpoint"],
            account_name=said["AccountName"],
            account_key=said["AccountKey"],
        )
        both_ways(other, opened(f"az://{BUCKET}/other", azure_environ, tmp_path), tmp_path)


def both_ways(other: "obstore.store.ObjectStore", ours: Store, root: Path) -> None:
    source = root / "large"
    source.write_bytes(bytes(range(256)) * (80 << 10))
    obstore.put(other, "theirs/small", b"small")
    obstore.put(other, "theirs/large", source)
    assert ours.put("ours/small", b"small")
    assert ours.put_file("ours/large", source)
    assert ours.put("theirs/small", b"") is False
    with pytest.raises(obstore.exceptions.AlreadyExistsError):
        obstore.put(other, "ours/large", b"", mode="create")
    for side in ("ours", "theirs"):
        assert bytes(obstore.get(other, f"{side}/large").bytes()) == source.read_bytes()
        assert ours.get(f"{side}/large") == source.read_bytes()
        assert ours.get(f"{side}/small") == b"small"
        assert {x["path"] for x in obstore.list(other, side).collect()} == {
            entry.key for entry in ours.list(f"{side}/")
        }
