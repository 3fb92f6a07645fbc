"""The JSON API of Google Cloud Storage ("Cloud Storage JSON API", v1)."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Protocol
from urllib.parse import quote, urlencode

import msgspec

from sparkferry.http.message import Body, Request, Response
from sparkferry.store.api import Entry
from sparkferry.store.objects.service import VERBS, Head, Meaning, Page, Verb, span_of

_MEANINGS: dict[int, Meaning] = {404: "absent", 412: "taken", 409: "again"}
_BOUNDARY = "sparkferry-7MA4YWxkTrZu0gW"
_IF_ABSENT = {"ifGenerationMatch": "0"}
_MARK = "sparkferry"
_INCOMPLETE = 308


class Tokens(Protocol):
    """Proves who sends requests."""

    def token(self) -> str | None:
        """Return the access token that holds now; None where the server wants none."""
        ...

    def identity(self) -> str:
        """Return whose it is, for errors."""
        ...


class _Object(msgspec.Struct, frozen=True):
    name: str = ""
    size: str = "0"
    timeCreated: str = ""  # noqa: N815 - the API's name
    metadata: dict[str, str] = {}


class _List(msgspec.Struct, frozen=True):
    items: tuple[_Object, ...] = ()
    nextPageToken: str | None = None  # noqa: N815 - the API's name


class GcsService:
    """See :class:`~sparkferry.store.objects.service.Service`; ``address`` is the API's, without a path."""

    permissions: Mapping[Verb, str] = MappingProxyType(
        {
            "read": "storage.objects.get",
            "write": "storage.objects.create",
            "list": "storage.objects.list",
            "delete": "storage.objects.delete",
        }
    )

    def __init__(self, bucket: str, address: str, tokens: Tokens) -> None:
        self._tokens = tokens
        self._objects = f"{address}/storage/v1/b/{quote(bucket, safe='')}/o"
        self._uploads = f"{address}/upload/storage/v1/b/{quote(bucket, safe='')}/o"
        self.url = self.spark_url = f"gs://{bucket}"

    def authorize(self, call: Request, now: datetime) -> Request:
        """Add the token."""
        del now
        token = self._tokens.token()
        return (
            replace(call, headers={**call.headers, "authorization": f"Bearer {token}"})
            if token
            else call
        )

    def identity(self) -> str:
        """Return whose token it is."""
        return self._tokens.identity()

    def read(self, name: str, span: tuple[int, int | None] | None = None) -> Request:
        """objects.get with alt=media."""
        headers = span_of(span)
        return self._call("GET", name, {"alt": "media"}, headers)

    def look(self, name: str) -> Request:
        """objects.get."""
        return self._call("GET", name, {"fields": "size,metadata"})

    def head(self, answer: Response) -> Head:
        """Return size and mark."""
        found = msgspec.json.decode(answer.body, type=_Object)
        return Head(int(found.size), found.metadata.get(_MARK))

    def create(self, name: str, data: bytes, mark: str) -> Request:
        """objects.insert with a condition."""
        described = json.dumps({"name": name, "metadata": {_MARK: mark}}).encode()
        body = b"".join(
            (
                f"--{_BOUNDARY}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n".encode(),
                described,
                f"\r\n--{_BOUNDARY}\r\nContent-Type: application/octet-stream\r\n\r\n".encode(),
                data,
                f"\r\n--{_BOUNDARY}--\r\n".encode(),
            )
        )
        headers = {"content-type": f"multipart/related; boundary={_BOUNDARY}"}
        return self._upload(name, "multipart", headers, body)

    def delete(self, name: str) -> Request:
        """objects.delete."""
        return self._call("DELETE", name)

    def list(self, prefix: str, token: str | None) -> Request:
        """objects.list."""
        fields = "items(name,size,timeCreated),nextPageToken"
        more = {"pageToken": token} if token else {}
        query = urlencode({"prefix": prefix, "maxResults": "1000", "fields": fields, **more})
        return Request("GET", f"{self._objects}?{query}", f"list `{self.url}/{prefix}`")

    def page(self, answer: Response) -> Page:
        """Return the objects of a page."""
        found = msgspec.json.decode(answer.body, type=_List)
        entries = tuple(
            Entry(x.name, int(x.size), datetime.fromisoformat(x.timeCreated).timestamp())
            for x in found.items
        )
        return Page(entries, found.nextPageToken)

    def meaning(self, answer: Response) -> Meaning:
        """Tell by the status."""
        if answer.status == 404 and b"bucket does not exist" in answer.body:
            return "refused"
        return "done" if answer.ok else _MEANINGS.get(answer.status, "refused")

    def reason(self, answer: Response) -> str:
        """Return the message."""
        try:
            found = json.loads(answer.body)
            return str(found["error"]["message"])
        except (ValueError, KeyError, TypeError):
            return answer.body[:300].decode("utf-8", "replace")

    def begin(self, name: str, size: int, mark: str) -> Request:
        """objects.insert that begins a resumable upload with a condition."""
        headers = {
            "content-type": "application/json; charset=UTF-8",
            "x-upload-content-length": str(size),
        }
        body = json.dumps({"name": name, "metadata": {_MARK: mark}}).encode()
        return self._upload(name, "resumable", headers, body)

    def send(self, name: str, session: str, span: tuple[int, int, int], body: Body) -> Request:
        """Return the request with the bytes from the first up to before the second, of the third."""
        start, stop, size = span
        headers = {
            "content-length": str(stop - start),
            "content-range": f"bytes {start}-{stop - 1}/{size}",
        }
        return Request("PUT", session, f"write `{self.url}/{name}`", headers, body)

    def ask(self, name: str, session: str) -> Request:
        """Return the request for how much has arrived."""
        headers = {"content-range": "bytes */*", "content-length": "0"}
        return Request("PUT", session, f"write `{self.url}/{name}`", headers)

    def arrived(self, answer: Response) -> int | None:
        """Return how many bytes of an upload that goes on have arrived; None where it does not go on."""
        if answer.status != _INCOMPLETE:
            return None
        last = answer.headers.get("range", "").rpartition("-")[2]
        return int(last) + 1 if last.isdecimal() else 0

    def _call(
        self,
        method: str,
        name: str,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Request:
        url = f"{self._objects}/{quote(name, safe='')}"
        return Request(
            method,
            f"{url}?{urlencode(query)}" if query else url,
            f"{VERBS[method]} `{self.url}/{name}`",
            headers or {},
        )

    def _upload(self, name: str, kind: str, headers: Mapping[str, str], body: bytes) -> Request:
        query = urlencode({"uploadType": kind, "name": name, **_IF_ABSENT})
        return Request(
            "POST", f"{self._uploads}?{query}", f"write `{self.url}/{name}`", headers, body
        )
