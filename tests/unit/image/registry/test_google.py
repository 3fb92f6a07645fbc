import json
import sys
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from sparkferry.errors import ExternalError, UserError
from sparkferry.image.registry.credentials import find_credential
from sparkferry.image.registry.hosts import is_google
from support.authority import pem
from support.registry_logins import log_in
from support.registry_proxy import PlainHandler, serving

HOST = "europe-docker.pkg.dev"
CANARY = "canary-access-token"


class Google:
    """Gives access tokens: to keys that it knows, and to machines of its own."""

    def __init__(self):
        self.key = rsa.generate_private_key(65537, 2048)
        self.status = 200
        self.flavor = "Google"
        self.body = json.dumps({"access_token": CANARY, "expires_in": 3600, "token_type": "Bearer"})
        self.assertions = []


@pytest.fixture
def google(environ):
    found = Google()

    class Handler(PlainHandler):
        def token(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            found.assertions.append(form["assertion"])
            self.say({"error": body} if found.status != 200 else json.loads(found.body))

        def metadata(self):
            assert self.headers["Metadata-Flavor"] == "Google"
            assert self.path.startswith(
                "/computeMetadata/v1/instance/service-accounts/default/token"
            )
            self.answer(found.status, {"Metadata-Flavor": found.flavor}, found.body.encode())

        def say(self, value):
            self.answer(
                found.status, {"Content-Type": "application/json"}, json.dumps(value).encode()
            )

        do_GET, do_POST = metadata, token  # noqa: N815 - named by http.server

    with serving(Handler) as host:
        found.host = host
        environ["GCE_METADATA_HOST"] = host
        yield found


@pytest.fixture
def key_file(google, tmp_path, environ, monkeypatch):
    """A service account's key, as Google gives it out."""
    key = {
        "type": "service_account",
        "project_id": "tests",
        "private_key_id": "1",
        "private_key": pem(google.key).decode(),
        "client_email": "warm_cli@tests.invalid",
        "token_uri": f"http://{google.host}/token",
    }
    path = tmp_path / "key.json"
    path.write_text(json.dumps(key))
    environ["GOOGLE_APPLICATION_CREDENTIALS"] = str(path)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    return path


def found(environ, host=HOST):
    credential = find_credential(host, "tests/app", environ)
    return credential and (credential.username, credential.secret)


def test_whose_registries_they_are():
    assert all(map(is_google, [HOST, "gcr.io", "eu.gcr.io"]))
    assert not any(map(is_google, ["docker.io", "docker.pkg.dev.example", "notgcr.io"]))


def test_a_service_account_signs_for_an_access_token(google, key_file, environ):
    assert found(environ) == ("oauth2accesstoken", CANARY)
    verify(google.assertions[0], google.key.public_key())
    assert found(environ, "registry.example") is None


def verify(assertion, key):
    import base64

    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    signed, _, signature = assertion.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    key.verify(raw, signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    claims = json.loads(base64.urlsafe_b64decode(signed.partition(".")[2] + "=="))
    assert claims["iss"] == "warm_cli@tests.invalid"
    assert claims["scope"] == "https://www.googleapis.com/auth/cloud-platform"


def test_what_docker_knows_comes_first(google, key_file, environ):
    log_in(environ, HOST, user="_json_key", password="x")
    assert found(environ) == ("_json_key", "x")
    assert google.assertions == []


def test_a_machine_of_google_asks_its_metadata(google, environ):
    assert found(environ, "gcr.io") == ("oauth2accesstoken", CANARY)


def test_elsewhere_there_is_no_metadata(google, environ):
    google.flavor = "nobody's"
    assert found(environ) is None
    google.flavor, google.status = "Google", 404
    assert found(environ) is None
    environ["GCE_METADATA_HOST"] = "127.0.0.1:1"
    assert found(environ) is None


def test_metadata_without_a_token(google, environ):
    google.body = f'"{CANARY}"'
    with pytest.raises(ExternalError, match="could not get a token from") as caught:
        found(environ)
    assert CANARY not in repr(caught.value)


def test_a_refused_key_is_named_and_not_shown(google, key_file, environ):
    google.status = 400
    with pytest.raises(ExternalError, match="RefreshError") as caught:
        found(environ)
    assert str(key_file) in caught.value.message
    assert google.assertions[0][:30] not in f"{caught.value!r}{caught.value.__cause__!r}"


@pytest.mark.parametrize("content", ["{}", f'{{"type": "{CANARY}"}}', CANARY])
def test_a_malformed_file_is_named_and_not_shown(key_file, environ, content):
    key_file.write_text(content)
    with pytest.raises(ExternalError, match="could not use the credentials in") as caught:
        found(environ)
    assert CANARY not in f"{caught.value!r}{caught.value.__cause__!r}"


def test_google_is_out_of_reach(key_file, environ):
    key = json.loads(key_file.read_text())
    key_file.write_text(json.dumps({**key, "token_uri": "http://127.0.0.1:1/token"}))
    with pytest.raises(ExternalError, match="TransportError"):
        found(environ)


def test_without_google_auth_the_command_is_named(key_file, environ, monkeypatch):
    monkeypatch.setitem(sys.modules, "google.auth", None)
    with pytest.raises(UserError, match="google-auth is not installed") as caught:
        found(environ)
    assert caught.value.hint == "pip install 'sparkferry[google]'"
