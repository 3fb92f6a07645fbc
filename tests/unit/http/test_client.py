"""The client between real servers and real proxies."""

import pytest

from sparkferry.errors import ExternalError, UserError
from sparkferry.http.client import HttpClient
from sparkferry.http.failures import NoTlsError
from sparkferry.http.message import Request
from sparkferry.http.network import read_network
from sparkferry.http.retry import AgainError
from support.proxies import http_proxy, socks_proxy
from support.registry_proxy import PlainHandler, serving

LOGIN = ("me", "p@w:d")
IN_URL = "me:p%40w%3Ad@"


def trusting(authority):
    return {"SSL_CERT_FILE": str(authority.ca)}


@pytest.mark.parametrize("scheme", ["", "http://"])
def test_a_proxy_forwards_and_makes_tunnels(index, tls_index, authority, get, scheme):
    with http_proxy(LOGIN) as proxy:
        address = f"{scheme}{IN_URL}{proxy.host}"
        assert get(index.url, HTTP_PROXY=address) == 200
        assert get(tls_index.url, ALL_PROXY=address, **trusting(authority)) == 200
    tunnel = tls_index.url.removeprefix("https://")
    assert proxy.asked == [f"{index.url}/simple/alpha/", tunnel]
    assert not any("Proxy-Authorization" in headers for _, headers in tls_index.requests)


@pytest.mark.parametrize("scheme", ["socks4", "socks4a", "socks5", "socks5h"])
def test_socks(index, tls_index, authority, get, scheme):
    login = LOGIN if scheme.startswith("socks5") else ("me", "")
    with socks_proxy(login) as proxy:
        address = f"{scheme}://{IN_URL}{proxy.host}"
        assert get(index.url, ALL_PROXY=address) == 200
        assert get(tls_index.url, ALL_PROXY=address, **trusting(authority)) == 200
    plain, secure = index.url.partition("//")[2], tls_index.url.partition("//")[2]
    by_name = scheme in {"socks4a", "socks5h"}
    assert proxy.asked == [plain, secure if by_name else secure.replace("localhost", "127.0.0.1")]


def test_the_names_that_are_exempt_are_reached_directly(index, get):
    exempt = {"NO_PROXY": "localhost,fd00::/8,[::1],127.0.0.0/8"}
    assert get(index.url, HTTP_PROXY="http://127.0.0.1:1", **exempt) == 200
    assert get(index.url, ALL_PROXY="socks5h://127.0.0.1:1", **exempt) == 200


@pytest.mark.parametrize("scheme", ["http", "socks4", "socks5"])
def test_a_proxy_that_is_not_there_is_named(index, get, scheme):
    with pytest.raises(AgainError, match=f"through the proxy {scheme}://127.0.0.1:1 of ALL_PROXY"):
        get(index.url, ALL_PROXY=f"{scheme}://me:secret@127.0.0.1:1")


@pytest.mark.parametrize(
    ("scheme", "said"),
    [("socks4", "it refused to connect"), ("socks5", "it refused the login"),
     ("socks5h", "it refused the login")],
)  # fmt: skip
def test_a_login_that_socks_refuses(index, get, scheme, said):
    with (
        socks_proxy(("you", "secret")) as proxy,
        pytest.raises(ExternalError, match=said) as caught,
    ):
        get(index.url, ALL_PROXY=f"{scheme}://me:canary@{proxy.host}")
    assert "check ALL_PROXY" in caught.value.hint
    assert "canary" not in f"{caught.value.message} {caught.value.hint}"


def test_socks_without_a_login(index, get):
    with socks_proxy(LOGIN) as proxy, pytest.raises(ExternalError, match="it wants a login"):
        get(index.url, ALL_PROXY=f"socks5://{proxy.host}")


def test_what_is_no_socks_proxy(index, get):
    class Handler(PlainHandler):
        def handle(self):
            self.wfile.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with serving(Handler) as host, pytest.raises(ExternalError, match="it does not speak SOCKS 5"):
        get(index.url, ALL_PROXY=f"socks5://{host}")


def test_a_proxy_that_wants_a_login_for_a_tunnel(tls_index, get):
    with http_proxy(LOGIN) as proxy, pytest.raises(ExternalError, match="407") as caught:
        get(tls_index.url, HTTPS_PROXY=proxy.host)
    assert "put user and password of the proxy into HTTPS_PROXY" in caught.value.hint


@pytest.mark.parametrize(("status", "kind"), [(403, ExternalError), (502, AgainError)])
def test_a_proxy_that_makes_no_tunnel(tls_index, get, status, kind):
    with http_proxy(refuses=status) as proxy, pytest.raises(kind, match=str(status)):
        get(tls_index.url, HTTPS_PROXY=proxy.host)


def test_settings_of_uv_name_the_proxy(index, get, tmp_path):
    with http_proxy() as proxy:
        (tmp_path / "uv.toml").write_text(f"http-proxy = '{proxy.host}'\n")
        assert get(index.url, tmp_path, HTTP_PROXY="http://127.0.0.1:1") == 200
    assert len(proxy.asked) == 1


def test_a_port_that_is_none(index, get):
    with pytest.raises(UserError, match="99999 is not a port"):
        get(index.url, HTTP_PROXY="http://127.0.0.1:99999")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://host", "is not an address"),
        ("http://ho st", "is not an address"),
        ("http://[bad", "is not an address"),
        ("http://", "is not an address"),
        ("http://host:99999999", "is not an address"),
        ("http://host\x7f", "is not an address"),
        ("http://" + "a" * 70 + ".invalid", "a{70}"),
        ("http://xn--a-.invalid", "xn--a-"),
    ],
)
def test_addresses_that_cannot_be_asked(get, url, said):
    with pytest.raises((ExternalError, AgainError), match=said) as caught:
        get(url)
    assert "could not fetch" in str(caught.value) or isinstance(caught.value, AgainError)


@pytest.mark.parametrize(
    "answer",
    [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nA: \x00\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: what\r\n\r\nx",
     b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
     b"HTTP/1.1 \xff\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"],
)  # fmt: skip
def test_answers_that_are_none(get, answer):
    class Handler(PlainHandler):
        def do(self):
            self.wfile.write(answer)
            self.close_connection = True

        do_GET = do  # noqa: N815 - named by http.server

    with serving(Handler) as host, pytest.raises((ExternalError, AgainError), match="127"):
        get(f"http://{host}")


def test_a_header_that_cannot_be_sent(index):
    call = Request("GET", index.url, "fetch `alpha`")
    with (
        HttpClient(read_network({})) as client,
        pytest.raises(ExternalError, match="no request can be sent"),
    ):
        client.open(call, "Bearer \u20ac")


def test_a_server_without_tls(index, get):
    with pytest.raises(NoTlsError):
        get(index.url.replace("http://", "https://"))
