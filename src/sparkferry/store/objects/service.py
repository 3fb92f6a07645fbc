"""What one service of objects adds to HTTP: its requests, its answers, its words for permissions."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Literal, Protocol

import msgspec

from sparkferry.http.message import Body, Request, Response
from sparkferry.store.api import Entry

Verb = Literal["read", "write", "list", "delete"]
"""What may be permitted or not."""

Meaning = Literal["done", "absent", "taken", "again", "refused"]
"""What an answer means: ``taken`` where the object to be created is there already, ``again`` where
another client was writing it at that moment."""


class Page(msgspec.Struct, frozen=True):
    """One answer to a request for a list."""

    entries: tuple[Entry, ...]
    """By name, not by key; sorted."""
    token: str | None = None
    """What to ask for the next page with; None for the last one."""


class Head(msgspec.Struct, frozen=True):
    """What a service tells of an object."""

    size: int
    """In bytes."""
    mark: str | None
    """What its creator marked it with, so that it knows it again after an answer that got lost."""


class Service(Protocol):
    """Names are UTF-8 text as the service has it: the store's prefix and the key.

    The functions that return a :class:`Request` are pure; :meth:`authorize` signs it.
    """

    url: str
    """The bucket as a user would write it, as ``s3://bucket``."""
    spark_url: str
    """The bucket as Spark names it, as ``s3a://bucket``."""
    permissions: Mapping[Verb, str]
    """What the service calls the permission to do it."""

    def authorize(self, call: Request, now: datetime) -> Request:
        """Return the request with what proves who sends it.

        :raises UserError: there are no credentials, or what reads them is not installed.
        :raises ExternalError: they cannot be renewed.
        """
        ...

    def identity(self) -> str:
        """Return who sends the requests, as an error names it: no secret."""
        ...

    def read(self, name: str, span: tuple[int, int | None] | None = None) -> Request:
        """Return the request for an object, or for the bytes from the first up to before the second."""
        ...

    def look(self, name: str) -> Request:
        """Return the request for what is known of an object."""
        ...

    def head(self, answer: Response) -> Head:
        """Return what the answer to :meth:`look` says."""
        ...

    def create(self, name: str, data: bytes, mark: str) -> Request:
        """Return the request that creates an object where none is."""
        ...

    def delete(self, name: str) -> Request:
        """Return the request that removes an object."""
        ...

    def list(self, prefix: str, token: str | None) -> Request:
        """Return the request for a page of the objects whose name begins with ``prefix``."""
        ...

    def page(self, answer: Response) -> Page:
        """Return what the answer to :meth:`list` holds."""
        ...

    def meaning(self, answer: Response) -> Meaning:
        """Return what an answer means."""
        ...

    def reason(self, answer: Response) -> str:
        """Return what the service says, in its own words."""
        ...


VERBS: Mapping[str, Verb] = MappingProxyType(
    {"GET": "read", "HEAD": "read", "PUT": "write", "POST": "write", "DELETE": "delete"}
)
"""What a request of each method is for."""


def span_of(span: tuple[int, int | None] | None, header: str = "range") -> dict[str, str]:
    """Return the header that asks for a span of bytes (RFC 9110, 14.1.2); nothing for all."""
    if span is None:
        return {}
    start, stop = span
    return {header: f"bytes={start}-{'' if stop is None else stop - 1}"}


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of an object that is sent by itself."""

    number: int
    """From 1."""
    size: int
    """In bytes."""
    digest: bytes


class PartService(Service, Protocol):
    """A service that takes the parts of an object one beside the other."""

    part_size: int
    """Bytes of a part at least; of objects with very many parts more."""
    most_parts: int
    part_digest: str
    """Digest by which the service verifies a part, as :mod:`hashlib` names it."""

    def begin(self, name: str, mark: str) -> Request | None:
        """Return the request that begins an upload; None where none is needed."""
        ...

    def begun(self, answer: Response | None, mark: str) -> str:
        """Return the id of the upload."""
        ...

    def put_part(self, name: str, upload: str, part: Part, body: Body) -> Request:
        """Return the request that sends a part."""
        ...

    def receipt(self, answer: Response, part: Part) -> str:
        """Return what the service wants to hear of a part when the upload is completed."""
        ...

    def parts(self, name: str, upload: str) -> Request:
        """Return the request for the parts that have been sent."""
        ...

    def sent(self, answer: Response) -> Mapping[int, tuple[int, str]]:
        """Return sizes and receipts of the parts that have been sent, by number."""
        ...

    def complete(self, name: str, upload: str, receipts: Mapping[int, str], mark: str) -> Request:
        """Return the request that makes an object of the parts where none is."""
        ...
