import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparkferry.image.registry.challenge import Challenge, parse_challenges, preferred

text = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)


@given(text, text, text)
def test_whatever_is_quoted_is_read(realm, service, scope):
    quoted = [value.replace("\\", r"\\").replace('"', r"\"") for value in (realm, service, scope)]
    header = 'Bearer realm="{}",service="{}",scope="{}"'.format(*quoted)
    assert parse_challenges([header]) == (
        Challenge(scheme="bearer", realm=realm, service=service, scope=scope),
    )


@given(st.text(max_size=60))
def test_nonsense_is_no_error(header):
    assert isinstance(parse_challenges([header]), tuple)


@pytest.mark.parametrize(
    ("headers", "scheme"),
    [
        (['Basic realm="a, b"'], "basic"),
        (['Basic realm="a", Bearer realm="https://b/t",service=c'], "bearer"),
        (['Basic realm="a"', 'BEARER realm="https://b/t"'], "bearer"),
        (["Negotiate", "Basic"], "basic"),
        (['Digest realm="a", nonce="b"'], None),
        ([], None),
    ],
)
def test_a_token_comes_before_a_password(headers, scheme):
    found = preferred(parse_challenges(headers))
    assert (found.scheme if found else None) == scheme


def test_parameters_belong_to_their_scheme():
    header = 'Basic realm="x", Bearer realm="https://b/t" , service=c, error="invalid_token"'
    assert parse_challenges([header])[1] == Challenge(
        scheme="bearer", realm="https://b/t", service="c", error="invalid_token"
    )


@pytest.mark.parametrize(
    ("header", "scheme", "realm"),
    [
        (
            "Bearer realm=https://auth.example/token?a=b,service=x",
            "bearer",
            "https://auth.example/token?a=b",
        ),
        ('Bearer service="x", Basic realm="y"', "basic", "y"),
        ('Negotiate abc==, Bearer realm="https://a/t"', "bearer", "https://a/t"),
    ],
)
def test_challenges_as_they_occur(header, scheme, realm):
    found = preferred(parse_challenges([header]))
    assert (found.scheme, found.realm) == (scheme, realm)
