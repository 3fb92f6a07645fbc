import shutil
from pathlib import Path

import pytest

from sparkferry.errors import ExternalError
from sparkferry.image.registry.client import Registries
from sparkferry.image.registry.hosts import Access
from sparkferry.image.registry.manifests import list_tags
from sparkferry.image.registry.push import push
from sparkferry.image.registry.reference import parse
from sparkferry.progress import QUIET
from support.image_values import make_image, make_index, make_layer
from support.registry_server import running


def ask(host, environ, clock, access=None):
    with Registries(access, environ=environ, clock=clock) as registries:
        return list_tags(registries.repository(host, "tests/trust"))


def test_a_certificate_of_nobody(tls_registry, environ, clock):
    with pytest.raises(ExternalError, match="is not trusted") as caught:
        ask(tls_registry.host, environ, clock)
    assert f"certs.d/{tls_registry.host}/ca.crt" in caught.value.hint
    assert "SSL_CERT_FILE" in caught.value.hint
    assert "--insecure" in caught.value.hint
    assert clock.sleeps == 0


@pytest.mark.parametrize("tool", ["docker", "containers"])
def test_a_ca_for_one_host(tls_registry, authority, environ, clock, tool):
    place = Path(environ["HOME"]) / ".config" / tool / "certs.d" / tls_registry.host
    place.mkdir(parents=True)
    shutil.copy(authority.ca, place / "ca.crt")
    assert ask(tls_registry.host, environ, clock) == ()
    with pytest.raises(ExternalError, match="is not trusted"):
        ask(f"localhost:{tls_registry.port}", environ, clock)


def test_a_ca_of_the_system(tls_registry, authority, environ, clock):
    environ["SSL_CERT_FILE"] = str(authority.ca)
    assert ask(tls_registry.host, environ, clock) == ()
    assert ask(f"localhost:{tls_registry.port}", environ, clock) == ()


def test_a_certificate_file_that_is_none(tls_registry, environ, clock):
    place = Path(environ["HOME"]) / ".config/docker/certs.d" / tls_registry.host
    place.mkdir(parents=True)
    (place / "ca.crt").write_text("hello")
    with pytest.raises(ExternalError, match="could not read the certificate") as caught:
        ask(tls_registry.host, environ, clock)
    assert str(place) in caught.value.message


def test_insecure_asks_for_no_certificate(tls_registry, environ, clock, cache, tmp_path):
    access = Access(insecure=frozenset({tls_registry.host}))
    assert ask(tls_registry.host, environ, clock, access) == ()
    with Registries(access, environ=environ, clock=clock) as registries:
        index = make_index(make_image(make_layer(tmp_path, "a", b"a")))
        reference = parse(f"{tls_registry.host}/tests/insecure:1")
        assert push(index, reference, registries, cache, QUIET).sent
    with pytest.raises(ExternalError, match="is not trusted"):
        ask(f"localhost:{tls_registry.port}", environ, clock, access)


def test_plain_http_elsewhere_is_refused(registry, environ, clock):
    # Linux connects to this machine by this address, too; but it is not known to be the loopback's.
    host = f"0.0.0.0:{registry.port}"
    with pytest.raises(ExternalError, match="it speaks no TLS") as caught:
        ask(host, environ, clock)
    assert "--insecure" in caught.value.hint
    assert ask(host, environ, clock, Access(insecure=frozenset({host}))) == ()


def test_a_registry_that_gives_its_address_without_tls(authority, environ, clock, cache, tmp_path):
    tls = {"certificate": str(authority.certificate), "key": str(authority.key)}
    environ["SSL_CERT_FILE"] = str(authority.ca)
    with (
        running({"tls": tls, "host": "http://127.0.0.1"}) as registry,
        Registries(environ=environ, clock=clock) as registries,
    ):
        index = make_index(make_image(make_layer(tmp_path, "a", b"a")))
        reference = parse(f"{registry.host}/tests/proxied:1")
        assert push(index, reference, registries, cache, QUIET).sent
