"""AWS Signature Version 4.

Amazon S3 API Reference, "Authenticating Requests: Using the Authorization Header".
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qsl, quote, urlsplit

import msgspec

from sparkferry.http.message import Request

EMPTY = hashlib.sha256(b"").hexdigest()
HASH = "x-amz-content-sha256"
"""Header with the digest of the body, which is signed."""

_ALGORITHM = "AWS4-HMAC-SHA256"


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials of AWS."""

    access_key: str
    secret_key: str
    token: str | None = None
    """Of a session; None for keys that do not end."""
    source: str
    """Where they come from, for errors."""

    def __repr__(self) -> str:
        return f"Keys({self.access_key!r}, …)"


def signed(call: Request, keys: Keys, region: str, now: datetime) -> Request:
    """Return the request with its signature; its header :data:`HASH` is the digest of its body."""
    parts = urlsplit(call.url)
    moment = f"{now:%Y%m%dT%H%M%SZ}"
    headers = {
        **{name.lower(): value for name, value in call.headers.items()},
        "host": parts.netloc,
        "x-amz-date": moment,
        **({"x-amz-security-token": keys.token} if keys.token else {}),
    }
    chosen = {n: v for n, v in sorted(headers.items()) if n == "host" or n.startswith("x-amz-")}
    names = ";".join(chosen)
    canonical = "\n".join(
        (
            call.method,
            parts.path or "/",
            _query(parts.query),
            *(f"{name}:{' '.join(value.split())}" for name, value in chosen.items()),
            "",
            names,
            headers[HASH],
        )
    )
    scope = f"{now:%Y%m%d}/{region}/s3/aws4_request"
    text = f"{_ALGORITHM}\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    mark = hmac.new(_key(keys.secret_key, scope), text.encode(), hashlib.sha256).hexdigest()
    credential = f"Credential={keys.access_key}/{scope}"
    authorization = f"{_ALGORITHM} {credential}, SignedHeaders={names}, Signature={mark}"
    return replace(call, headers={**headers, "authorization": authorization})


def query_of(parameters: Mapping[str, str]) -> str:
    """Return a query whose parameters are encoded as the signature wants them."""
    return "&".join(
        f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in parameters.items()
    )


def _query(query: str) -> str:
    return query_of(dict(sorted(parse_qsl(query, keep_blank_values=True))))


def _key(secret: str, scope: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
