import pytest

from sparkferry.image.registry.answers import Answer, failure, hint, reason

HOST = "registry.example"


def answer(status, body=b"", **headers):
    return Answer(status, headers, body)


def test_the_reason_is_what_the_registry_says():
    body = b'{"errors":[{"code":"A","message":"b"},{"message":"c"},{"code":"D"}]}'
    assert reason(answer(400, body), HOST) == "registry.example answered 400: A: b; c; D"
    assert reason(answer(403, b'{"details":"bad login"}'), HOST).endswith("403: bad login")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"errors": 1}', b"\xff"])
def test_what_nobody_can_read_is_left_out(body):
    assert reason(answer(500, body), HOST) == "registry.example answered 500"


def test_a_reason_is_short_and_printable_and_without_secrets():
    body = b'{"errors":[{"message":"\\u001b[2J token=canary ' + b"x" * 9000 + b'"}]}'
    said = reason(answer(400, body), HOST)
    assert said.isprintable()
    assert len(said) < 400
    assert "canary" not in said


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, b"", "docker login registry.example"),
        (403, b"", "ask its administrator"),
        (404, b'{"errors":[{"code":"NAME_UNKNOWN"}]}', "no such repository"),
        (404, b'{"errors":[{"code":"MANIFEST_UNKNOWN"}]}', "no such tag"),
        (405, b"", "read-only"),
        (413, b"", "limits the size"),
        (429, b'{"errors":[{"code":"TOOMANYREQUESTS"}]}', "wait, or log in"),
        (507, b"", "full"),
        (403, b'{"errors":[{"code":"DENIED","message":"Quota exceeded"}]}', "full"),
        (400, b'{"errors":[{"code":"NAME_INVALID"}]}', "does not take this name"),
    ],
)
def test_a_refusal_says_what_to_do(status, body, expected):
    assert expected in hint(answer(status, body), HOST)


def test_google_wants_another_login():
    assert "gcloud auth configure-docker europe-docker.pkg.dev" in hint(
        answer(401), "europe-docker.pkg.dev"
    )


def test_of_what_nobody_knows_there_is_no_hint():
    assert hint(answer(418), HOST) is None
    error = failure("push `x`", answer(418), HOST)
    assert error.message == "could not push `x`: registry.example answered 418"
