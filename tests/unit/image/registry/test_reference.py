import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparkferry.errors import UserError
from sparkferry.image.registry.reference import Reference, is_digest, is_tag, parse

DIGEST = "sha256:" + "0123456789abcdef" * 4

part = st.from_regex(r"[a-z0-9]+((\.|_|__|-{1,3})[a-z0-9]+){0,2}", fullmatch=True)
host = st.from_regex(
    r"([a-z0-9]([a-z0-9-]{0,5}[a-z0-9])?\.){1,3}[a-z]{2,5}|localhost|\[[0-9a-f:]{2,9}\]",
    fullmatch=True,
)
port = st.one_of(st.just(""), st.integers(1, 65535).map(lambda number: f":{number}"))
registry = st.tuples(host, port).map("".join)
tag = st.one_of(st.just(""), st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", fullmatch=True))
digest = st.one_of(st.just(""), st.from_regex(r"sha256:[0-9a-f]{64}", fullmatch=True))
references = st.builds(
    Reference,
    registry=registry,
    repository=st.lists(part, min_size=1, max_size=4).map("/".join),
    tag=tag,
    digest=digest,
)


@given(references)
def test_what_is_printed_is_read_again(reference):
    assert parse(str(reference)) == reference


def attempted(text):
    try:
        return parse(text)
    except UserError as error:
        return error


@given(st.text(max_size=40))
def test_any_text_is_a_reference_or_an_error_of_the_user(text):
    found = attempted(text)
    if isinstance(found, Reference):
        assert parse(str(found)) == found
    else:
        assert found.message.startswith("could not read the image reference `")
        assert found.hint


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("python", "docker.io/library/python"),
        ("python:3.12-slim", "docker.io/library/python:3.12-slim"),
        ("team/app", "docker.io/team/app"),
        ("docker.io/python:3", "docker.io/library/python:3"),
        ("index.docker.io/team/app", "docker.io/team/app"),
        ("localhost/app", "localhost/app"),
        ("localhost:5000/app:v1", "localhost:5000/app:v1"),
        ("127.0.0.1:5000/a/b", "127.0.0.1:5000/a/b"),
        ("[::1]:5000/app", "[::1]:5000/app"),
        ("Registry.Example/app", "registry.example/app"),
        (f"python@{DIGEST}", f"docker.io/library/python@{DIGEST}"),
        (f"gcr.io/p/app:v1@{DIGEST}", f"gcr.io/p/app:v1@{DIGEST}"),
    ],
)
def test_short_names(text, full):
    assert str(parse(text)) == full


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "names no repository"),
        ("localhost:5000/", "names no repository"),
        ("docker.io/", "names no repository"),
        ("https://a.example/b", "begins with a scheme"),
        ("docker://a.example/b", "begins with a scheme"),
        ("App", "`App` is not a valid part"),
        ("a.example/team//app", "`` is not a valid part"),
        ("a.example/..", "`..` is not a valid part"),
        ("a.example/app:", "`` is not a valid tag"),
        ("a.example/app:-x", "`-x` is not a valid tag"),
        ("a.example/app@sha256:123", "its digest is not"),
        ("a.example/app@md5:" + "0" * 64, "its digest is not"),
        ("a.example:0/app", "no port 0"),
        ("a.example:70000/app", "no port 70000"),
        ("a_b.example/app", "is not a valid host"),
        ("a.example/" + "x" * 256, "longer than 255"),
    ],
)
def test_what_is_wrong_is_said(text, reason):
    with pytest.raises(UserError) as caught:
        parse(text)
    assert reason in caught.value.message


def test_what_is_asked_of_the_registry():
    assert parse("app").wanted == "latest"
    assert parse("app:v1").wanted == "v1"
    assert parse(f"app:v1@{DIGEST}").wanted == DIGEST


def test_tags_and_digests():
    assert is_tag("a" * 128)
    assert not is_tag("a" * 129)
    assert not is_tag("ä")
    assert not is_tag("v1\n")
    assert is_digest(DIGEST)
    assert not is_digest(DIGEST.upper())
    assert not is_digest(DIGEST + "\n")
