import pytest

from sparkferry.http.message import Response
from sparkferry.image.registry.answers import failure, hint, is_immutable, reason
from sparkferry.image.registry.upload import how_to_create

HOST = "registry.example"


def answer(status, body=b"", **headers):
    return Response(status, headers, body)


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


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"upstream is down\n", "upstream is down"),
        (b"<html><head><title>Oops</title><style>p {}</style></head><p>no", "Oops no"),
        (b'{"message": "not a member"}', "not a member"),
        (b'{"error": "invalid_scope", "error_description": "no such scope"}', "no such scope"),
        (b'{"errors": [{"code": "DENIED", "message": null, "detail": "why"}, 3]}', "DENIED: why"),
        (b"Authorization: Bearer-canary", "Authorization: ***"),
        (b"<html>" + b"x" * 100_000, "x" * 300 + "\u2026"),
    ],
)
def test_what_is_said_in_other_formats(body, said):
    assert reason(answer(502, body), HOST) == f"registry.example answered 502: {said}"


def test_a_body_that_is_nested_deeply():
    assert reason(answer(400, b"[" * 100_000), HOST).startswith("registry.example answered 400")


@pytest.mark.parametrize(
    ("status", "body", "immutable"),
    [
        (400, b'{"errors":[{"code":"TAG_INVALID","message":"cannot be overwritten"}]}', True),
        (412, b'{"errors":[{"code":"PRECONDITION","message":"configured as immutable"}]}', True),
        (409, b"", True),
        (400, b'{"errors":[{"code":"MANIFEST_INVALID","message":"manifest invalid"}]}', False),
        (403, b'{"errors":[{"code":"DENIED","message":"denied"}]}', False),
    ],
)  # fmt: skip
def test_tags_that_may_not_be_moved(status, body, immutable):
    assert is_immutable(answer(status, body)) is immutable


@pytest.mark.parametrize(
    ("registry", "repository", "command"),
    [
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", "team/app",
         "aws ecr create-repository --repository-name team/app --region eu-west-1"),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "app",
         "aws ecr create-repository --repository-name app --region cn-north-1"),
        ("public.ecr.aws", "alias/team/app",
         "aws ecr-public create-repository --repository-name team/app --region us-east-1"),
        ("europe-west1-docker.pkg.dev", "my-project/images/team/app",
         "gcloud artifacts repositories create images --repository-format=docker"),
        ("europe-west1-docker.pkg.dev", "my-project/images/team/app",
         "--location=europe-west1 --project=my-project"),
        ("harbor.example:8443", "team/app", "https://harbor.example:8443/api/v2.0/projects"),
        ("harbor.example:8443", "team/app", '{"project_name": "team"}'),
    ],
)  # fmt: skip
def test_how_a_repository_is_created(registry, repository, command):
    assert command in how_to_create(registry, repository)
