from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from sparkferry.errors import ExternalError
from sparkferry.http.addresses import is_loopback
from sparkferry.http.network import ATTEMPTS
from sparkferry.image.registry.client import Registries
from sparkferry.image.registry.hosts import Access
from sparkferry.image.registry.manifests import (
    find_manifest,
    get_manifest,
    list_tags,
    put_manifest,
)
from sparkferry.image.registry.push import push
from sparkferry.image.registry.reference import parse
from sparkferry.progress import QUIET
from support.image_values import make_image, make_index, make_layer
from support.registry_proxy import Fault, PlainHandler, proxying, serving


@pytest.fixture
def image(tmp_path):
    return make_image(make_layer(tmp_path, "a", b"a"))


@pytest.fixture
def repository(proxy, registries, cache, image, name):
    """A repository behind the proxy, with an image of the tag `v1`."""
    reference = parse(f"{proxy.host}/{name}:v1")
    push(make_index(image), reference, registries, cache, QUIET)
    proxy.asked.clear()
    return registries.repository(proxy.host, name)


@pytest.mark.parametrize("kind", [500, 502, 503, 429, 408, "drop", "deaf", "half"])
def test_what_passes_is_tried_again(repository, proxy, image, clock, kind):
    proxy.faults = [Fault("GET", "manifests", kind, times=ATTEMPTS - 1)]
    assert get_manifest(repository, "v1").body == image.manifest
    assert clock.sleeps == ATTEMPTS - 1


def test_patience_has_an_end(repository, proxy, clock):
    proxy.faults = [
        Fault("GET", "manifests", 503, times=99, body=b'{"errors":[{"code":"UNAVAILABLE"}]}')
    ]
    with pytest.raises(ExternalError, match="answered 503: UNAVAILABLE") as caught:
        get_manifest(repository, "v1")
    assert "check the network" in caught.value.hint
    assert clock.sleeps == ATTEMPTS - 1
    assert len(proxy.asked) == ATTEMPTS


def test_too_many_requests_say_how_long_to_wait(repository, proxy, clock):
    begin = clock.now()
    date = format_datetime(begin + timedelta(seconds=20), usegmt=True)
    proxy.faults = [
        Fault("GET", "manifests", 429, headers={"Retry-After": "7"}),
        Fault("GET", "manifests", 429, headers={"Retry-After": date}),
        Fault("GET", "manifests", 429, headers={"Retry-After": "soon"}),
        Fault("GET", "manifests", 429, headers={"Retry-After": "99999999"}),
    ]
    get_manifest(repository, "v1")
    assert 7 + 13 + 2 + 60 - 1 < (clock.now() - begin).total_seconds() < 7 + 13 + 2 + 60 + 1


def test_a_limit_that_lasts_says_to_log_in(repository, proxy):
    proxy.faults = [Fault("GET", "manifests", 429, times=99)]
    with pytest.raises(ExternalError, match="answered 429") as caught:
        get_manifest(repository, "v1")
    assert "docker login" in caught.value.hint


def test_a_registry_that_hangs_is_left(registry, environ, clock, name):
    import threading

    over = threading.Event()
    with (
        proxying(registry.host) as proxy,
        Registries(environ=environ, clock=clock, timeout=0.2) as few,
    ):
        proxy.before = lambda method, path: "tags" in path and over.wait(30)
        with pytest.raises(ExternalError, match="timed out"):
            list_tags(few.repository(proxy.host, name))
        over.set()


def test_nobody_listens(registries, clock):
    with pytest.raises(ExternalError, match=r"could not reach the registry `127\.0\.0\.1:1`"):
        list_tags(registries.repository("127.0.0.1:1", "tests/app"))
    assert clock.sleeps == ATTEMPTS - 1


def test_something_else_listens(registries):
    class Handler(PlainHandler):
        def _do(self):
            self.answer(404, {}, b"<html>hello</html>")

        do_GET = _do  # noqa: N815 - named by http.server

    with serving(Handler) as host, pytest.raises(ExternalError, match=r"answered 404: hello$"):
        list_tags(registries.repository(host, "tests/app"))


@pytest.mark.parametrize("kind", ["corrupt", "longer"])
def test_a_manifest_that_is_not_what_was_asked_for(repository, proxy, image, kind):
    proxy.faults = [Fault("GET", "manifests", kind)]
    with pytest.raises(ExternalError, match="the registry sent something else"):
        get_manifest(repository, image.descriptor.digest)


def test_a_manifest_that_is_not_what_the_registry_says(repository, proxy):
    proxy.faults = [Fault("GET", "manifests", "corrupt")]
    with pytest.raises(ExternalError, match="the registry sent something else"):
        get_manifest(repository, "v1")


def test_a_manifest_that_means_two_things(repository, proxy):
    def other_type(status, headers, body):
        return status, {**headers, "Content-Type": "application/vnd.oci.image.index.v1+json"}, body

    proxy.faults = [Fault("GET", "manifests", other_type)]
    with pytest.raises(ExternalError, match="and it says itself"):
        get_manifest(repository, "v1")


def test_a_manifest_without_end(repository, proxy):
    proxy.faults = [Fault("GET", "manifests", 200, body=b" " * (4 << 20) + b"{}")]
    with pytest.raises(ExternalError, match="more than 4194304 bytes"):
        get_manifest(repository, "v1")


def test_a_head_without_digest_is_followed_by_a_get(repository, proxy, image):
    def without_digest(status, headers, body):
        return status, {k: v for k, v in headers.items() if k != "Docker-Content-Digest"}, body

    proxy.faults = [Fault("HEAD", "manifests", without_digest)]
    assert find_manifest(repository, "v1").digest == image.descriptor.digest
    assert proxy.methods() == ["HEAD", "GET"]


def test_a_head_that_is_refused(repository, proxy):
    proxy.faults = [Fault("HEAD", "manifests", 403)]
    with pytest.raises(ExternalError, match="answered 403"):
        find_manifest(repository, "v1")


def test_a_put_that_is_refused_says_why(repository, proxy, image):
    body = b'{"errors":[{"code":"DENIED","message":"tag is immutable\\u001b[31m"}]}'
    proxy.faults = [Fault("PUT", "manifests", 403, body=body)]
    with pytest.raises(
        ExternalError, match=r"the tag exists, .*DENIED: tag is immutable \[31m$"
    ) as caught:
        put_manifest(repository, "v1", get_manifest(repository, "v1"))
    assert "set `tag` in [tool.sparkferry.image]" in caught.value.hint


def test_what_is_not_there(repository, registries, registry):
    with pytest.raises(ExternalError, match="MANIFEST_UNKNOWN") as caught:
        get_manifest(repository, "of-nobody")
    assert "no such tag" in caught.value.hint
    assert find_manifest(repository, "of-nobody") is None
    assert list_tags(registries.repository(registry.host, "tests/of-nobody")) == ()


def test_tags_over_several_pages(repository, proxy):
    page = f"/v2/{repository.name}/tags/list?last=v1"
    link = {"Link": f'<{page}>; rel="next"'}
    elsewhere = {"Link": '<http://elsewhere.example/tags/list>; rel="next"'}
    proxy.faults = [
        Fault("GET", "tags/list$", 200, headers=link, body=b'{"tags": ["v3", "v2"]}'),
        Fault("GET", "tags/list.last=v1$", 200, headers=elsewhere, body=b'{"tags": ["v1"]}'),
    ]
    assert list_tags(repository) == ("v1", "v2", "v3")


def test_tags_that_nobody_can_read(repository, proxy):
    proxy.faults = [Fault("GET", "tags/list", 200, body=b"[]"), Fault("GET", "tags/list", 403)]
    with pytest.raises(ExternalError, match="answered with something else"):
        list_tags(repository)
    with pytest.raises(ExternalError, match="answered 403"):
        list_tags(repository)


def test_a_login_does_not_follow_to_another_host(basic_registry, registries, environ, name):
    from support.registry_logins import log_in

    with proxying(basic_registry.host) as home, proxying(basic_registry.host) as away:
        log_in(environ, home.host)
        there = f"http://{away.host}/v2/{name}/tags/list"
        home.faults = [Fault("GET", "tags/list", 307, headers={"Location": there})]
        with pytest.raises(ExternalError, match="answered 401"):
            list_tags(registries.repository(home.host, name))
        assert "Authorization" in home.asked[-1].headers
        assert away.asked
        assert not any("Authorization" in asked.headers for asked in away.asked)


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://elsewhere.example/x", "redirects to http://elsewhere.example"),
        ("ftp://127.0.0.1/x", "redirects to ftp://127.0.0.1"),
        ("/v2/", "redirects in circles"),
        ("https://[nonsense", "redirects to ://"),
        ("https:///x", "is not an address of HTTP"),
    ],
)
def test_redirects_that_are_not_followed(repository, proxy, location, reason):
    proxy.faults = [Fault("GET", "", 302, times=99, headers={"Location": location})]
    with pytest.raises(ExternalError, match=reason):
        list_tags(repository)


def test_plain_http_is_for_this_machine_alone():
    assert all(map(is_loopback, ["localhost:5000", "127.0.0.1", "[::1]:5000", "a.localhost"]))
    assert not any(map(is_loopback, ["127.0.0.1.example", "localhost.example:5000", "10.0.0.1"]))
    assert Access(insecure=frozenset({"a:1"})).allows_plain("a:1")
    assert not Access(insecure=frozenset({"a:1"})).allows_plain("a:2")


def test_what_is_prepared_is_what_is_used(proxy, registries):
    registries.prepare(proxy.host)
    repository = registries.repository(proxy.host, "tests/prepared")
    assert proxy.asked == []
    assert list_tags(repository) == ()
    # The registry of the tests speaks plain HTTP alone, which is tried after the client for TLS.
    assert set(repository.session._web._clients) == {
        f"{scheme}://{proxy.host}" for scheme in ("http", "https")
    }


def test_what_cannot_be_prepared_is_told_by_the_first_request(environ, clock):
    host = "registry.example:5000"
    place = Path(environ["HOME"]) / ".config/docker/certs.d" / host
    place.mkdir(parents=True)
    (place / "ca.crt").write_text("hello")
    with Registries(environ=environ, clock=clock) as registries:
        registries.prepare(host)
        with pytest.raises(ExternalError, match="could not read the certificate"):
            list_tags(registries.repository(host, "tests/prepared"))


def test_a_registry_that_does_not_know_head(repository, proxy, image):
    proxy.faults = [Fault("HEAD", "manifests", 405, times=9)]
    assert find_manifest(repository, "v1").digest == image.descriptor.digest
    assert find_manifest(repository, "of-nobody") is None


@pytest.mark.parametrize("status", [200, 401, 403])
def test_how_a_registry_may_begin(registry, registries, name, status):
    with proxying(registry.host) as proxy:
        proxy.faults = [Fault("GET", "/v2/$", status)]
        assert list_tags(registries.repository(proxy.host, name)) == ()


def test_the_registry_of_this_machine_is_asked_without_a_proxy(registry, environ, clock, name):
    environ["ALL_PROXY"] = "socks5h://127.0.0.1:1"
    with Registries(environ=environ, clock=clock) as registries:
        assert list_tags(registries.repository(registry.host, name)) == ()


def test_a_registry_behind_a_proxy(registry, clock, environ, name):
    from support.proxies import http_proxy

    host = f"0.0.0.0:{registry.port}"
    with http_proxy() as proxy:
        environ["ALL_PROXY"] = proxy.host
        access = Access(insecure=frozenset({host}))
        with Registries(access, environ=environ, clock=clock) as registries:
            assert list_tags(registries.repository(host, name)) == ()
    assert proxy.asked == [host, f"http://{host}/v2/", f"http://{host}/v2/{name}/tags/list"]
