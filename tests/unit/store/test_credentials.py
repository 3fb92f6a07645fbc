"""Credentials by each platform's own chain, found by its real library, against real or local servers."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from sparkferry.errors import ExternalError, UserError
from sparkferry.http.client import HttpClient
from sparkferry.http.network import Network
from sparkferry.store.azure.credentials import find_account
from sparkferry.store.gcs.credentials import DefaultTokens
from sparkferry.store.s3.credentials import find_endpoint, find_keys, find_region
from support.registry_proxy import serving


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without credentials, in which nobody asks a metadata server."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "GOOGLE_APPLICATION_CREDENTIALS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    (tmp_path / ".aws").mkdir()
    return tmp_path


def test_variables_of_aws():
    environ = {
        "AWS_ACCESS_KEY_ID": "AK",
        "AWS_SECRET_ACCESS_KEY": "hunter2",
        "AWS_SESSION_TOKEN": "T",
        "AWS_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL": "http://a",
        "AWS_ENDPOINT_URL_S3": "http://b",
    }
    keys = find_keys(environ)()
    assert (keys.access_key, keys.token, keys.source) == ("AK", "T", "the environment")
    assert "hunter2" not in repr(keys)
    assert (find_region(environ), find_endpoint(environ)) == ("eu-central-1", "http://b")
    ignoring = {**environ, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}
    assert find_endpoint(ignoring) is None


def test_a_profile_of_aws(home, monkeypatch):
    (home / ".aws/credentials").write_text(
        "[team]\naws_access_key_id = AK\naws_secret_access_key = SK\n"
    )
    (home / ".aws/config").write_text(
        "[profile team]\nregion = eu-west-1\nendpoint_url = http://s3.example\n"
    )
    monkeypatch.setenv("AWS_PROFILE", "team")
    environ = {"HOME": str(home), "AWS_PROFILE": "team"}
    keys = find_keys(environ)()
    assert (keys.access_key, keys.secret_key) == ("AK", "SK")
    assert keys.source == "AWS's `shared-credentials-file`"
    assert (find_region(environ), find_endpoint(environ)) == ("eu-west-1", "http://s3.example")


def test_a_process_that_gives_keys_which_end(home, monkeypatch):
    """As `aws sso login` and roles do: keys are asked for again before they end."""
    counter = home / "counter"
    program = home / "keys"
    program.write_text(
        f"#!/bin/sh\necho x >> {counter}\n"
        f"n=$(wc -l < {counter})\n"
        'echo "{\\"Version\\": 1, \\"AccessKeyId\\": \\"AK$n\\", \\"SecretAccessKey\\": \\"S\\", '
        '\\"SessionToken\\": \\"T\\", \\"Expiration\\": \\"$(cat ' + str(home / "end") + ')\\"}"\n'
    )
    program.chmod(0o755)
    (home / ".aws/config").write_text(f"[default]\ncredential_process = {program}\n")
    soon = datetime.now(UTC) + timedelta(minutes=2)
    (home / "end").write_text(soon.isoformat())
    monkeypatch.setenv("AWS_CONFIG_FILE", str(home / ".aws/config"))
    find = find_keys({"HOME": str(home)})
    first = find()
    (home / "end").write_text((soon + timedelta(hours=1)).isoformat())
    second = find()
    assert (first.token, second.token) == ("T", "T")
    assert first.access_key != second.access_key
    assert find().access_key == second.access_key


def test_no_keys_of_aws(home):
    with pytest.raises(UserError, match="neither the environment nor a profile or role") as caught:
        find_keys({"HOME": str(home)})()
    assert "aws sso login" in str(caught.value.hint)


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answer: Callable[[str, str], tuple[int, object]]

    def _do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        status, data = type(self).answer(self.path, body)
        text = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = _do  # noqa: N815 - http.server's

    def log_message(self, *_: object) -> None:
        pass


def answering(answer: Callable[[str, str], tuple[int, object]]) -> type[BaseHTTPRequestHandler]:
    class Handler(_Answers):
        pass

    Handler.answer = staticmethod(answer)
    return Handler


def service_account(path: Path, host: str) -> Path:
    """Write a service account's key, as Google gives it out."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    described = {
        "type": "service_account",
        "project_id": "tests",
        "private_key_id": "1",
        "private_key": pem.decode(),
        "client_email": "team@tests.invalid",
        "token_uri": f"http://{host}/token",
    }
    path.write_text(json.dumps(described))
    return path


def test_a_service_account_of_google(home, monkeypatch):
    asked: list[str] = []

    def token(path: str, body: str) -> tuple[int, object]:
        asked.append(body)
        return 200, {"access_token": f"T{len(asked)}", "expires_in": 3600}

    with serving(answering(token)) as host, HttpClient(Network()) as client:
        file = service_account(home / "adc.json", host)
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
        tokens = DefaultTokens(client)
        assert [tokens.token() for _ in range(3)] == ["T1", "T1", "T1"]
        assert "assertion=" in asked[0]
        assert tokens.identity() == "the service account `team@tests.invalid`"


def test_google_refuses(home, monkeypatch):
    def refuse(path: str, body: str) -> tuple[int, object]:
        return 400, {"error": "invalid_grant", "error_description": "expired hunter2"}

    with serving(answering(refuse)) as host, HttpClient(Network()) as client:
        monkeypatch.setenv(
            "GOOGLE_APPLICATION_CREDENTIALS", str(service_account(home / "adc.json", host))
        )
        with pytest.raises(
            ExternalError, match="could not renew the credentials of Google"
        ) as caught:
            DefaultTokens(client).token()
    assert "hunter2" not in caught.value.message
    assert caught.value.hint == "`gcloud auth application-default login`"


def test_no_login_of_google(home, monkeypatch):
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(home / "gcloud"))
    with HttpClient(Network()) as client, pytest.raises(UserError, match="no Application Default"):
        DefaultTokens(client).token()


def test_an_identity_of_azure(home, monkeypatch):
    """The managed identity of an App Service, as azure-identity's chain finds it."""
    ends, lock, asked = (
        int((datetime.now(UTC) + timedelta(hours=1)).timestamp()),
        threading.Lock(),
        [],
    )

    def token(path: str, body: str) -> tuple[int, object]:
        with lock:
            asked.append(path)
        return 200, {
            "access_token": "T",
            "expires_on": str(ends),
            "resource": "r",
            "token_type": "Bearer",
        }

    with serving(answering(token)) as host:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://{host}/token")
        monkeypatch.setenv("IDENTITY_HEADER", "x")
        monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
        account = find_account({"AZURE_STORAGE_ACCOUNT": "acme"})
        from sparkferry.http.message import Request

        for _ in range(2):
            signed = account.signer.sign(
                Request("GET", "https://acme.blob.core.windows.net/c", "x")
            )
            assert signed.headers["authorization"] == "Bearer T"
    assert len(asked) == 1
    assert "storage.azure.com" in asked[0]
    assert account.url == "https://acme.blob.core.windows.net"


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        (
            {"AZURE_STORAGE_ACCOUNT": "a", "AZURE_STORAGE_KEY": "aGk="},
            "https://a.blob.core.windows.net",
        ),
        (
            {"AZURE_STORAGE_CONNECTION_STRING": "AccountName=a;AccountKey=aGk=;EndpointSuffix=x.y"},
            "https://a.blob.x.y",
        ),
        (
            {
                "AZURE_STORAGE_ACCOUNT_NAME": "a",
                "AZURE_STORAGE_SAS_TOKEN": "?sv=1&sig=2",
                "AZURE_STORAGE_SERVICE_ENDPOINT": "http://127.0.0.1:1/a/",
            },
            "http://127.0.0.1:1/a",
        ),
    ],
)
def test_variables_of_azure(environ, url):
    assert find_account(environ).url == url


def test_a_shared_access_signature_is_a_query():
    from sparkferry.http.message import Request

    account = find_account({"AZURE_STORAGE_ACCOUNT": "a", "AZURE_STORAGE_SAS_TOKEN": "?sv=1&sig=2"})
    assert account.signer.sign(Request("GET", "http://x/c?comp=list", "x")).url == (
        "http://x/c?comp=list&sv=1&sig=2"
    )


def test_a_key_that_is_none():
    with pytest.raises(UserError, match="it is not base64"):
        find_account({"AZURE_STORAGE_ACCOUNT": "a", "AZURE_STORAGE_KEY": "x"})
