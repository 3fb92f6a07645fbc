"""Certificates that are trusted, and those that are not."""

import shutil

import certifi
import pytest

from sparkferry.errors import ExternalError
from sparkferry.http import certificates
from sparkferry.http.certificates import read_trust
from sparkferry.http.uv_settings import UvSettings
from support.index_server import serving


def test_a_certificate_that_is_not_trusted(tls_index, get):
    with pytest.raises(
        ExternalError, match=r"the certificate of `localhost:.*` is not trusted"
    ) as caught:
        get(tls_index.url)
    assert "SSL_CERT_FILE" in caught.value.hint


@pytest.mark.parametrize("name", ["company.crt", "ca"])
def test_files_and_directories_of_variables(tls_index, authority, get, tmp_path, name):
    directory = tmp_path / "trusted"
    directory.mkdir()
    shutil.copy(authority.ca, directory / name)
    (directory / "README").write_text("not a certificate")
    assert get(tls_index.url, SSL_CERT_FILE=str(authority.ca)) == 200
    assert get(tls_index.url, SSL_CERT_DIR=f"{tmp_path}/none:{directory}") == 200


def test_what_is_not_there_is_ignored_and_told(tls_index, authority, get, tmp_path):
    gone = f"{tmp_path}/gone.crt"
    with pytest.raises(ExternalError, match="is not trusted") as caught:
        get(tls_index.url, SSL_CERT_FILE=gone)
    assert f"SSL_CERT_FILE was ignored: there is no `{gone}`" in caught.value.hint
    shutil.copy(authority.ca, tmp_path / "ca.crt")
    assert get(tls_index.url, SSL_CERT_FILE=gone, SSL_CERT_DIR=str(tmp_path)) == 200


@pytest.mark.parametrize("content", ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_file_without_certificates(tls_index, authority, get, tmp_path, content):
    (tmp_path / "bad.pem").write_text(content)
    with pytest.raises(ExternalError, match="is not trusted"):
        get(tls_index.url, SSL_CERT_FILE=str(tmp_path / "bad.pem"))
    with pytest.raises(ExternalError, match="is not trusted"):
        get(tls_index.url, SSL_CERT_DIR=str(tmp_path))


@pytest.mark.parametrize(
    "entry", ["localhost", "localhost:{port}", "https://localhost", "*", "a {url}"]
)
def test_insecure_hosts(tls_index, get, tmp_path, entry):
    host = entry.format(port=tls_index.url.rpartition(":")[2], url=tls_index.url)
    assert get(tls_index.url, UV_INSECURE_HOST=host) == 200
    (tmp_path / "pyproject.toml").write_text(f"[tool.uv]\nallow-insecure-host = {host.split()}\n")
    assert get(tls_index.url, tmp_path) == 200


@pytest.mark.parametrize("entry", ["localhost:1", "http://localhost", "host", "[bad", "::"])
def test_other_hosts_stay_secure(tls_index, get, entry):
    with pytest.raises(ExternalError, match="is not trusted"):
        get(tls_index.url, UV_INSECURE_HOST=entry)


@pytest.mark.parametrize(
    ("environ", "settings", "system"),
    [
        ({}, {}, None),
        ({"UV_SYSTEM_CERTS": "1"}, {}, True),
        ({"UV_NATIVE_TLS": "true"}, {}, True),
        ({"UV_SYSTEM_CERTS": "false"}, {"system-certs": True}, False),
        ({}, {"native-tls": True}, True),
        ({}, {"system-certs": False}, False),
    ],
)
def test_the_switch_of_uv(environ, settings, system):
    assert read_trust(environ, UvSettings((settings,))).system is system


def test_a_certificate_of_the_client(files, authority, get, tmp_path):
    both = tmp_path / "client.pem"
    both.write_bytes(authority.certificate.read_bytes() + authority.key.read_bytes())
    trusted = {"SSL_CERT_FILE": str(authority.ca)}
    with serving(files, authority.server_context(wants_client=True)) as index:
        assert get(index.url, SSL_CLIENT_CERT=str(both), **trusted) == 200
        with pytest.raises(ExternalError, match="wants a certificate of its clients") as caught:
            get(index.url, SSL_CLIENT_CERT=f"{tmp_path}/gone.pem", **trusted)
        assert "SSL_CLIENT_CERT was ignored" in caught.value.hint


@pytest.mark.parametrize(("switch", "trusted"), [(None, True), ("1", False), ("0", True)])
def test_the_bundled_roots(tls_index, authority, get, monkeypatch, switch, trusted):
    monkeypatch.setattr(certifi, "where", lambda: str(authority.ca))
    environ = {} if switch is None else {"UV_SYSTEM_CERTS": switch}
    if trusted:
        assert get(tls_index.url, **environ) == 200
    else:
        with pytest.raises(ExternalError, match="is not trusted"):
            get(tls_index.url, **environ)


@pytest.mark.parametrize(("switch", "trusted"), [(None, True), ("1", True), ("0", False)])
def test_the_store_of_the_system(tls_index, authority, get, monkeypatch, switch, trusted):
    monkeypatch.setattr(certificates, "_FILES", ("/nowhere", str(authority.ca)))
    environ = {} if switch is None else {"UV_SYSTEM_CERTS": switch}
    if trusted:
        assert get(tls_index.url, **environ) == 200
    else:
        with pytest.raises(ExternalError, match="is not trusted"):
            get(tls_index.url, **environ)
