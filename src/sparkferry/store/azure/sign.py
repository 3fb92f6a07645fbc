"""How requests to Azure Storage are authorized: by account key, shared access signature or token."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol
from urllib.parse import parse_qsl, urlsplit

from sparkferry.http.message import Request

_SIGNED = (
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
)
"""In this order ("Authorize with Shared Key", Blob service)."""


class Signer(Protocol):
    """Adds what proves who sends a request."""

    def sign(self, call: Request) -> Request:
        """Return the request with it; its headers are in lower case."""
        ...

    def identity(self) -> str:
        """Return who that is, for errors; no secret."""
        ...


class SharedKey:
    """The key of a storage account."""

    def __init__(self, account: str, key: str) -> None:
        self._account, self._key = account, base64.b64decode(key)

    def sign(self, call: Request) -> Request:
        """Add the signature."""
        text = text_to_sign(call, self._account)
        mark = base64.b64encode(hmac.new(self._key, text.encode(), hashlib.sha256).digest())
        return _authorized(call, f"SharedKey {self._account}:{mark.decode()}")

    def identity(self) -> str:
        """Return the account's name."""
        return f"the key of the account `{self._account}`"


class SharedAccess:
    """A shared access signature: a query."""

    def __init__(self, query: str) -> None:
        self._query = query.removeprefix("?")

    def sign(self, call: Request) -> Request:
        """Add the query."""
        return replace(call, url=f"{call.url}{'&' if '?' in call.url else '?'}{self._query}")

    def identity(self) -> str:
        """Return what it is."""
        return "the shared access signature"


class Bearer:
    """A token of Microsoft Entra ID; ``find`` returns the one that holds now."""

    def __init__(self, find: Callable[[], str]) -> None:
        self._find = find

    def sign(self, call: Request) -> Request:
        """Add the token."""
        return _authorized(call, f"Bearer {self._find()}")

    def identity(self) -> str:
        """Return where it comes from."""
        return "the identity of Azure's default chain (`az account show` tells which)"


def text_to_sign(call: Request, account: str) -> str:
    """Return what is signed with the account's key."""
    parts = urlsplit(call.url)
    headers = {**call.headers}
    if headers.get("content-length") == "0":
        headers["content-length"] = ""
    chosen = sorted(name for name in headers if name.startswith("x-ms-"))
    query = sorted(parse_qsl(parts.query, keep_blank_values=True))
    return "\n".join(
        (
            call.method,
            *(headers.get(name, "") for name in _SIGNED),
            *(f"{name}:{headers[name]}" for name in chosen),
            f"/{account}{parts.path}",
            *(f"{name.lower()}:{value}" for name, value in query),
        )
    )


def _authorized(call: Request, value: str) -> Request:
    return replace(call, headers={**call.headers, "authorization": value})
