import logging
import traceback

import pytest
from msgspec.structs import replace

from sparkferry.errors import ExternalError, UserError
from sparkferry.image.registry.auth import joined_scopes
from sparkferry.image.registry.client import Registries
from sparkferry.image.registry.hosts import Access
from sparkferry.image.registry.manifests import find_manifest, list_tags
from sparkferry.image.registry.pull import pull
from sparkferry.image.registry.push import push
from sparkferry.image.registry.reference import parse
from sparkferry.progress import QUIET
from support.clocks import FakeClock
from support.image_values import make_image, make_index, make_layer
from support.registry_logins import log_in, write_logins
from support.registry_proxy import Fault, proxying
from support.registry_server import PASSWORD, USER, running
from support.token_server import ISSUER, SERVICE, giving_tokens


@pytest.fixture(scope="module")
def tokens(authority):
    with giving_tokens(authority) as found:
        yield found


@pytest.fixture(scope="module")
def token_registry(authority, tokens):
    """A registry that verifies the tokens by itself."""
    token = {
        "realm": tokens.url, "service": SERVICE, "issuer": ISSUER, "rootcertbundle": str(authority.ca),
    }  # fmt: skip
    with running(auth={"token": token}) as found:
        yield found


@pytest.fixture(autouse=True)
def users(tokens):
    tokens.users, tokens.identity = {USER: PASSWORD}, {"identity-canary": USER}
    tokens.allowed, tokens.anonymous, tokens.expired, tokens.lifetime = {}, set(), [], 300
    tokens.narrow, tokens.answer = 0, None
    tokens.asked.clear()
    tokens.clients.clear()


@pytest.fixture
def index(tmp_path):
    return make_index(make_image(make_layer(tmp_path, "a", b"a"), make_layer(tmp_path, "b", b"b")))


def test_basic(basic_registry, registries, environ, cache, index, name):
    reference = parse(f"{basic_registry.host}/{name}:1")
    log_in(environ, basic_registry.host)
    push(index, reference, registries, cache, QUIET)
    assert (
        pull(reference, "linux/amd64", registries, cache).descriptor.digest
        == index.descriptor.digest
    )


def test_without_a_login_the_hint_says_how(basic_registry, registries, cache, index, name):
    with pytest.raises(ExternalError, match="answered 401") as caught:
        push(index, parse(f"{basic_registry.host}/{name}:1"), registries, cache, QUIET)
    assert f"docker login {basic_registry.host}" in caught.value.hint


def test_a_token_for_each_kind_of_request(
    token_registry, tokens, registries, environ, cache, index
):
    log_in(environ, token_registry.host)
    name = "tests/tokens"
    push(index, parse(f"{token_registry.host}/{name}:1"), registries, cache, QUIET)
    base = pull(parse(f"{token_registry.host}/{name}:1"), "linux/amd64", registries, cache)
    based = make_index(make_image(*base.layers))
    done = push(based, parse(f"{token_registry.host}/{name}-app:1"), registries, cache, QUIET)
    assert [layer.how for layer in done.layers] == ["mounted", "mounted"]
    pulling, pushing = f"repository:{name}:pull", f"repository:{name}-app:pull,push"
    assert sorted(tokens.asked) == sorted(
        [
            (pulling,),
            (f"repository:{name}:pull,push",),
            (f"repository:{name}-app:pull",),
            (pushing, pulling),
            (pushing,),
        ]
    )


def test_an_identity_token_is_exchanged(token_registry, tokens, registries, environ, cache, index):
    write_logins(environ, {"auths": {token_registry.host: {"identitytoken": "identity-canary"}}})
    push(index, parse(f"{token_registry.host}/tests/identity:1"), registries, cache, QUIET)
    assert set(tokens.clients) == {"sparkferry"}


def test_anybody_may_pull(token_registry, tokens, registries, environ, cache, index):
    tokens.anonymous = {"pull"}
    reference = parse(f"{token_registry.host}/tests/public:1")
    login = log_in(environ, token_registry.host)
    push(index, reference, registries, cache, QUIET)
    login.unlink()
    with Registries(environ=environ) as others:
        assert (
            pull(reference, "linux/amd64", others, cache).descriptor.digest
            == index.descriptor.digest
        )
        with pytest.raises(ExternalError, match="answered 401"):
            push(index, parse(f"{token_registry.host}/tests/public-2:1"), others, cache, QUIET)


def test_an_expired_token_is_renewed_once(
    token_registry, tokens, registries, environ, cache, index
):
    log_in(environ, token_registry.host)
    scopes = ["repository:tests/expired:pull", "repository:tests/expired:pull,push"]
    tokens.expired = list(scopes)
    push(index, parse(f"{token_registry.host}/tests/expired:1"), registries, cache, QUIET)
    assert sorted(tokens.asked) == [(scopes[0],)] * 2 + [(scopes[1],)] * 2


def test_a_scope_is_asked_for_once_however_it_is_written():
    assert joined_scopes(
        ["repository:a/b:push,pull", "repository:a/b:pull", "registry:catalog:*"]
    ) == (
        "registry:catalog:*",
        "repository:a/b:pull,push",
    )
    assert joined_scopes(["repository:host:5000/a:pull"]) == ("repository:host:5000/a:pull",)


def test_a_token_that_ends_is_replaced_before(token_registry, tokens, registries, environ, clock):
    log_in(environ, token_registry.host)
    repository = registries.repository(token_registry.host, "tests/ending")
    assert find_manifest(repository, "v1") is None
    assert find_manifest(repository, "v1") is None
    assert len(tokens.asked) == 1
    clock.sleep(tokens.lifetime * 0.9)
    assert find_manifest(repository, "v1") is None
    assert len(tokens.asked) == 2


def test_a_token_that_is_never_taken_ends_in_an_error(token_registry, tokens, registries, environ):
    log_in(environ, token_registry.host)
    tokens.expired = ["repository:tests/never:pull"] * 9
    with pytest.raises(ExternalError, match="answered 401") as caught:
        list_tags(registries.repository(token_registry.host, "tests/never"))
    assert "docker login" in caught.value.hint
    assert len(tokens.asked) == 2


def test_what_a_user_may_not_do_is_said(token_registry, tokens, registries, environ, cache, index):
    log_in(environ, token_registry.host)
    tokens.allowed = {"tests/read-only": {"pull"}}
    with pytest.raises(ExternalError, match="answered 401: UNAUTHORIZED"):
        push(index, parse(f"{token_registry.host}/tests/read-only:1"), registries, cache, QUIET)


def test_a_base_that_may_not_be_read_for_mounting_is_carried(
    token_registry, tokens, registries, environ, cache, index
):
    log_in(environ, token_registry.host)
    base = parse(f"{token_registry.host}/tests/secret:1")
    push(index, base, registries, cache, QUIET)
    pulled = pull(base, "linux/amd64", registries, cache)
    with proxying(token_registry.host) as proxy:
        proxy.faults = [Fault("POST", "mount=", 403, times=9)]
        layers = [
            layer.__class__(**{**fields(layer), "source": remote(proxy.host, layer)})
            for layer in pulled.layers
        ]
        log_in(environ, proxy.host)
        target = parse(f"{proxy.host}/tests/carried-over:1")
        done = push(make_index(make_image(*layers)), target, registries, cache, QUIET)
    assert [layer.how for layer in done.layers] == ["sent", "sent"]


def fields(layer):
    return {name: getattr(layer, name) for name in layer.__struct_fields__}


def remote(host, layer):
    return layer.source.__class__(registry=host, repository=layer.source.repository)


def shown(error):
    """Return everything that could be printed of an error."""
    return "".join(traceback.format_exception(error)) + repr(vars(error)) + str(error.hint)


@pytest.fixture(params=["basic", "token", "identity"])
def kind(request):
    return request.param


@pytest.fixture
def refusing_registry(kind, basic_registry, token_registry, tokens):
    tokens.users, tokens.identity = {}, {}
    return basic_registry if kind == "basic" else token_registry


def test_no_secret_is_shown(kind, refusing_registry, registries, environ, caplog):
    caplog.set_level(logging.DEBUG)
    registry = refusing_registry
    if kind == "identity":
        write_logins(environ, {"auths": {registry.host: {"identitytoken": "identity-canary"}}})
    else:
        log_in(environ, registry.host, password="wrong-canary")
    with pytest.raises(ExternalError) as caught:
        list_tags(registries.repository(registry.host, "tests/hidden"))
    assert "docker login" in caught.value.hint
    text = shown(caught.value) + caplog.text
    for secret in ("canary", "d3JvbmctY2FuYXJ5", "ZmVycnk6"):
        assert secret not in text


def test_tokens_are_in_no_log(token_registry, registries, environ, cache, index, caplog):
    caplog.set_level(logging.DEBUG)
    log_in(environ, token_registry.host)
    push(index, parse(f"{token_registry.host}/tests/logged:1"), registries, cache, QUIET)
    assert caplog.text
    assert PASSWORD not in caplog.text
    assert "eyJ" not in caplog.text
    files = [path for path in cache.root.rglob("*") if path.is_file()]
    assert not [path for path in files if PASSWORD.encode() in path.read_bytes()]


@pytest.mark.parametrize("path", ["/v2/", "tags/list"])
def test_a_realm_that_others_can_listen_to_is_refused(registry, registries, environ, path):
    with proxying(registry.host) as proxy:
        realm = 'Bearer realm="http://tokens.example/t",service="s"'
        proxy.faults = [Fault("GET", path, 401, 9, {"WWW-Authenticate": realm})]
        log_in(environ, proxy.host)
        with pytest.raises(ExternalError, match=r"sent to `http://tokens\.example`"):
            list_tags(registries.repository(proxy.host, "tests/realm"))


@pytest.mark.parametrize("realm", ["nonsense", "https://[nonsense", ""])
def test_a_realm_that_is_no_address_is_refused(registry, registries, realm):
    with proxying(registry.host) as proxy:
        header = {"WWW-Authenticate": f'Bearer realm="{realm}"'}
        proxy.faults = [Fault("GET", "/v2/", 401, 9, header)]
        with pytest.raises(ExternalError, match="could not log in to"):
            list_tags(registries.repository(proxy.host, "tests/realm"))


@pytest.mark.parametrize("body", [b"{}", b"token", b'{"token": 3}'])
def test_an_answer_without_a_token(registry, registries, body):
    with proxying(registry.host) as proxy:
        header = {"WWW-Authenticate": f'Bearer realm="http://{proxy.host}/t?a=b"'}
        proxy.faults = [
            Fault("GET", "/v2/", 401, 9, header),
            Fault("GET", r"/t\?a=b&scope=", 200, 1, {}, body),
        ]
        with pytest.raises(ExternalError, match="the answer holds no token"):
            list_tags(registries.repository(proxy.host, "tests/realm"))


def test_insecure_allows_plain_realms_elsewhere(registry, environ, clock):
    with proxying(registry.host) as proxy:
        header = {"WWW-Authenticate": 'Bearer realm="http://tokens.invalid/t"'}
        proxy.faults = [Fault("GET", "/v2/", 401, 99, header)]
        access = Access(insecure=frozenset({proxy.host}))
        with (
            Registries(access, environ=environ, clock=clock) as registries,
            pytest.raises(ExternalError, match=r"get a token from `tokens\.invalid`"),
        ):
            list_tags(registries.repository(proxy.host, "tests/realm"))


@pytest.fixture
def pushed(token_registry, registries, environ, cache, index, name):
    """An image in the registry with tokens."""
    log_in(environ, token_registry.host)
    found = parse(f"{token_registry.host}/{name}:1")
    push(index, found, registries, cache, QUIET)
    return found


@pytest.mark.parametrize("narrow", [1, 401, 403, 500])
def test_a_token_that_does_not_allow_to_mount(pushed, tokens, registries, cache, narrow):
    base = pull(pushed, "linux/amd64", registries, cache)
    tokens.narrow = narrow
    based = make_index(make_image(*base.layers))
    other = replace(pushed, repository=f"{pushed.repository}-app")
    done = push(based, other, registries, cache, QUIET)
    assert [layer.how for layer in done.layers] == ["sent", "sent"]


@pytest.mark.parametrize(
    "answer",
    [b"<html>log in</html>", b"", b"[]", b'{"token": ""}', b"\xff", '{"token": "\u20ac"}'.encode()],
)
def test_a_token_that_is_none(token_registry, tokens, registries, name, answer):
    tokens.answer = answer
    with pytest.raises(ExternalError, match="the answer holds no token"):
        list_tags(registries.repository(token_registry.host, name))


@pytest.mark.parametrize("lifetime", ["300", 300.5, None, "soon", 0, -1, [], 1e300])
def test_whatever_a_token_lives(pushed, tokens, registries, lifetime):
    tokens.lifetime = lifetime
    tokens.asked.clear()
    assert list_tags(registries.repository(pushed.registry, f"{pushed.repository}-none")) == ()
    assert tokens.asked


@pytest.fixture
def broken_helper(tmp_path, monkeypatch):
    """A helper that fails, the only program on PATH."""
    program = tmp_path / "bin/docker-credential-failing"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))


@pytest.mark.parametrize("helper", ["of-nobody", "failing"])
@pytest.mark.usefixtures("broken_helper")
def test_without_its_helper_a_public_image_can_be_pulled(pushed, tokens, environ, cache, helper):
    write_logins(environ, {"credsStore": helper})
    tokens.anonymous = {"pull"}
    warned = []
    with Registries(environ=environ, clock=FakeClock(), warn=warned.append) as registries:
        base = pull(pushed, "linux/amd64", registries, cache)
        (text,) = warned
        assert f"docker-credential-{helper}" in text
        assert text.endswith(": going on without a login")
        tokens.anonymous = set()
        private = replace(pushed, repository=f"{pushed.repository}-private")
        for refused in (
            lambda: pull(private, "linux/amd64", registries, cache),
            lambda: push(make_index(make_image(*base.layers)), private, registries, cache, QUIET),
        ):
            with pytest.raises((UserError, ExternalError), match=f"docker-credential-{helper}"):
                refused()
        assert len(warned) == 1
