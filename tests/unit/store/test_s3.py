"""Requests and answers of Amazon S3, beside what the contract tests ask of a real server."""

import hashlib
from datetime import UTC, datetime

import pytest

from sparkferry.errors import UserError
from sparkferry.http.message import Request, Response
from sparkferry.store.s3.open import bucket_of
from sparkferry.store.s3.service import Bucket, S3Service
from sparkferry.store.s3.sign import EMPTY, HASH, Keys, signed

NOW = datetime(2013, 5, 24, tzinfo=UTC)
KEYS = Keys(
    access_key="AKIAIOSFODNN7EXAMPLE",
    secret_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    source="the documentation",
)
SERVICE = S3Service(Bucket("b", "us-east-1", "https://b.s3.us-east-1.amazonaws.com"), lambda: KEYS)
EXAMPLE = "https://examplebucket.s3.amazonaws.com"


def signature(call: Request) -> str:
    return signed(call, KEYS, "us-east-1", NOW).headers["authorization"].rpartition("=")[2]


def test_the_examples_of_the_documentation():
    """Amazon S3 API Reference, "Signature Calculations for the Authorization Header", examples."""
    got = Request("GET", f"{EXAMPLE}/?max-keys=2&prefix=J", "x", {HASH: EMPTY})
    assert signature(got) == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
    life = Request("GET", f"{EXAMPLE}/?lifecycle", "x", {HASH: EMPTY})
    assert signature(life) == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"


def test_a_session_token_is_signed():
    keys = Keys(access_key="a", secret_key="b", token="t", source="x")
    headers = signed(Request("GET", EXAMPLE, "x", {HASH: EMPTY}), keys, "r", NOW).headers
    assert headers["x-amz-security-token"] == "t"
    assert "x-amz-security-token" in headers["authorization"]


@pytest.mark.parametrize(
    ("name", "environ", "url"),
    [
        ("team", {"AWS_REGION": "eu-west-1"}, "https://team.s3.eu-west-1.amazonaws.com"),
        ("a.b", {"AWS_REGION": "eu-west-1"}, "https://s3.eu-west-1.amazonaws.com/a.b"),
        ("team", {"AWS_REGION": "cn-north-1"}, "https://team.s3.cn-north-1.amazonaws.com.cn"),
        ("team", {}, "https://team.s3.us-east-1.amazonaws.com"),
        ("team", {"AWS_ENDPOINT_URL_S3": "https://minio/"}, "https://minio/team"),
    ],
)
def test_where_buckets_are(name, environ, url):
    assert bucket_of(name, environ).url == url


def test_an_endpoint_that_is_no_url():
    with pytest.raises(UserError, match="the endpoint `minio:9000` is not a URL"):
        bucket_of("team", {"AWS_ENDPOINT_URL": "minio:9000"})


def test_a_bucket_in_another_region():
    body = b"<Error><Code>PermanentRedirect</Code><Message>Use another.</Message></Error>"
    answer = Response(301, {"x-amz-bucket-region": "eu-west-1"}, body)
    said = "PermanentRedirect: Use another.: the bucket is in the region `eu-west-1`"
    assert SERVICE.reason(answer) == said
    assert SERVICE.reason(Response(301, {"x-amz-bucket-region": "eu-west-1"}, b"")) == (
        "the bucket is in the region `eu-west-1`"
    )


def test_what_answers_mean():
    meanings = {
        status: SERVICE.meaning(Response(status, {}, b"")) for status in (200, 404, 409, 412)
    }
    assert meanings == {200: "done", 404: "absent", 409: "again", 412: "taken"}
    gone = Response(404, {}, b"<Error><Code>NoSuchBucket</Code></Error>")
    assert SERVICE.meaning(gone) == "refused"


def test_the_digest_of_what_is_created_is_signed():
    call = SERVICE.create("a b/ü", b"data", "mark")
    assert call.url.endswith("/a%20b/%C3%BC")
    assert call.headers[HASH] == hashlib.sha256(b"data").hexdigest()
    assert call.headers["if-none-match"] == "*"
