"""Which proxy serves an address. What uv does was tried with uv 0.13.9."""

import pytest

from sparkferry.errors import UserError
from sparkferry.http.proxies import is_exempt, parse_proxy, read_proxies
from sparkferry.http.uv_settings import UvSettings

NONE = UvSettings()


def chosen(url, settings=NONE, **environ):
    found = read_proxies(environ, settings).find(url)
    return found and f"{found.scheme}://{found.host}:{found.port}"


@pytest.mark.parametrize(
    ("environ", "plain", "secure"),
    [
        ({}, None, None),
        ({"HTTP_PROXY": "http://p:1"}, "http://p:1", None),
        ({"http_proxy": "http://p:1"}, "http://p:1", None),
        ({"https_proxy": "http://p:1"}, None, "http://p:1"),
        ({"ALL_PROXY": "socks5h://p"}, "socks5h://p:1080", "socks5h://p:1080"),
        ({"all_proxy": "https://p", "HTTP_PROXY": "q"}, "http://q:80", "https://p:443"),
        ({"HTTP_PROXY": "", "http_proxy": "http://p:1"}, None, None),
        ({"HTTP_PROXY": "http://a:1", "http_proxy": "http://b:1"}, "http://a:1", None),
        ({"HTTP_PROXY": "http://[::1]:8"}, "http://[::1]:8", None),
        ({"HTTP_PROXY": "p:3128"}, "http://p:3128", None),
        ({"HTTP_PROXY": "HTTP://p:3128/path?x"}, "http://p:3128", None),
        ({"HTTP_PROXY": "htp://p:1"}, None, None),
        ({"HTTP_PROXY": "http://[bad", "ALL_PROXY": "q:1"}, "http://q:1", "http://q:1"),
        ({"HTTP_PROXY": "http://p:1", "REQUEST_METHOD": "GET"}, None, None),
    ],
)
def test_variables(environ, plain, secure):
    assert chosen("http://host/", **environ) == plain
    assert chosen("https://host/", **environ) == secure


@pytest.mark.parametrize(
    ("settings", "environ", "proxy"),
    [
        ({"http-proxy": "http://p:1"}, {"HTTP_PROXY": "q:1", "NO_PROXY": "host"}, "http://p:1"),
        ({"https-proxy": "http://p:1"}, {"HTTP_PROXY": "q:1", "ALL_PROXY": "q:1"}, None),
        ({"http-proxy": "p", "no-proxy": ["host"]}, {}, None),
        ({"no-proxy": ["host"]}, {"HTTP_PROXY": "q:1"}, "http://q:1"),
    ],
)
def test_settings_of_uv_take_the_place_of_variables(settings, environ, proxy):
    assert chosen("http://host/", UvSettings((settings,)), **environ) == proxy


def test_a_login_is_decoded_and_never_shown():
    found = parse_proxy("http://me:p%40w@proxy:1", "HTTP_PROXY")
    assert (found.user, found.password) == ("me", "p@w")
    assert found.url == "http://me:p%40w@proxy:1"
    assert "p@w" not in f"{found} {found!r}"
    assert "p%40w" not in f"{found} {found!r}"


def test_a_value_that_names_no_proxy_is_ignored_and_told():
    found = read_proxies({"http_proxy": "http://my proxy:1", "NO_PROXY": "[::1"}, NONE)
    assert found.http is None
    assert found.ignored == ("http_proxy was ignored: its value is not the address of a proxy",)


def test_a_port_that_is_none_is_an_error_where_it_matters():
    proxies = read_proxies({"HTTP_PROXY": "p:99999", "NO_PROXY": "home"}, NONE)
    assert proxies.find("http://home/") is None
    assert proxies.find("https://host/") is None
    with pytest.raises(
        UserError, match="could not use the proxy of HTTP_PROXY: 99999 is not a port"
    ):
        proxies.find("http://host/")


@pytest.mark.parametrize(
    ("entry", "host", "exempt"),
    [
        ("localhost", "localhost", True),
        ("LOCALHOST", "localhost", True),
        ("example.org", "a.example.org", True),
        (".example.org", "example.org", True),
        (".example.org", "a.b.example.org", True),
        ("*.example.org", "a.example.org", True),
        ("example.org", "notexample.org", False),
        ("org", "example.com", False),
        ("*", "anything", True),
        ("*", "10.1.2.3", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.0/8", "127.9.9.9", True),
        ("10.42.1.1/24", "10.42.1.100", True),
        ("10.42.1.1/24", "10.43.1.1", False),
        ("127.0.0.0/33", "127.0.0.1", False),
        ("::1", "::1", True),
        ("[::1]", "::1", True),
        ("fd00::/8", "fd12::1", True),
        ("fd00::/8", "fe80::1", False),
        ("fd00::/8", "10.0.0.1", False),
        ("host:8443", "host", True),
        ("host:8444", "host", False),
        ("[::1]:8443", "::1", True),
        ("[fd00::/8", "fd00::1", True),
        ("", "host", False),
        (".", "host", False),
        ("]", "host", False),
        (" host ", "host", True),
    ],
)
def test_exemptions(entry, host, exempt):
    assert is_exempt(host, 8443, [entry]) is exempt
    assert is_exempt(host, 8443, ["x", entry]) is exempt
