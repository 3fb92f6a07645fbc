"""Requests and answers, as values."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

Body = Callable[[], Iterator[bytes]]
"""Begins to read what is sent; called again for each attempt."""

UNAUTHORIZED = 401
FORBIDDEN = 403
NOT_FOUND = 404
TOO_LARGE = 413

TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
"""After these the same request may succeed."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request."""

    method: str
    url: str = field(repr=False)
    action: str
    """What could not be done if it fails, as in ``push the blob `sha256:…` ``."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | Body = field(default=b"", repr=False)

    @property
    def content(self) -> "bytes | Iterator[bytes]":
        """The body, to be sent once."""
        return self.body if isinstance(self.body, bytes) else self.body()


@dataclass(frozen=True, slots=True)
class Response:
    """A response, read to its end."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    """Names are looked up whatever their case."""
    body: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether the server did what it was asked."""
        return 200 <= self.status < 300
