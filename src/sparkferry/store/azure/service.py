"""The REST API of Azure Blob Storage ("Blob service REST API")."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from types import MappingProxyType
from urllib.parse import quote, urlencode

import msgspec

from sparkferry.http.message import Body, Request, Response
from sparkferry.store.api import Entry
from sparkferry.store.azure.sign import Signer
from sparkferry.store.objects.service import VERBS, Head, Meaning, Page, Part, Verb, span_of
from sparkferry.store.objects.xml import records

VERSION = "2021-08-06"
"""Of the API; Azure keeps versions."""

_MARK = "x-ms-meta-sparkferry"
_ERROR = "x-ms-error-code"
_IF_ABSENT = {"if-none-match": "*"}
_MEANINGS: dict[int, Meaning] = {404: "absent", 409: "taken", 412: "taken"}


class Container(msgspec.Struct, frozen=True):
    """Where a container is."""

    name: str
    account: str
    url: str
    """Of the container, without a slash at its end."""


class AzureService:
    """See :class:`~sparkferry.store.objects.service.PartService`: parts are blocks."""

    part_size = 8 << 20
    most_parts = 50_000
    part_digest = "md5"
    permissions: Mapping[Verb, str] = MappingProxyType(
        {
            "read": "Storage Blob Data Reader",
            "write": "Storage Blob Data Contributor",
            "list": "Storage Blob Data Reader",
            "delete": "Storage Blob Data Contributor",
        }
    )

    def __init__(self, container: Container, signer: Signer) -> None:
        self._container, self._signer = container, signer
        self.url = f"az://{container.name}"
        self.spark_url = f"abfss://{container.name}@{container.account}.dfs.core.windows.net"

    def authorize(self, call: Request, now: datetime) -> Request:
        """Sign the request."""
        headers = {
            **call.headers,
            "x-ms-date": format_datetime(now, usegmt=True),
            "x-ms-version": VERSION,
        }
        if call.method == "PUT" and isinstance(call.body, bytes):
            headers["content-length"] = str(len(call.body))
        return self._signer.sign(replace(call, headers=headers))

    def identity(self) -> str:
        """Return what signs the requests."""
        return self._signer.identity()

    def read(self, name: str, span: tuple[int, int | None] | None = None) -> Request:
        """Get Blob."""
        headers = span_of(span, "x-ms-range")
        return self._call("GET", name, headers=headers)

    def look(self, name: str) -> Request:
        """Get Blob Properties."""
        return self._call("HEAD", name)

    def head(self, answer: Response) -> Head:
        """Return size and mark."""
        return Head(int(answer.headers.get("content-length", "0")), answer.headers.get(_MARK))

    def create(self, name: str, data: bytes, mark: str) -> Request:
        """Put Blob with a condition."""
        headers = {**_IF_ABSENT, _MARK: mark, "x-ms-blob-type": "BlockBlob"}
        return self._call("PUT", name, headers=headers, body=data)

    def delete(self, name: str) -> Request:
        """Delete Blob."""
        return self._call("DELETE", name)

    def list(self, prefix: str, token: str | None) -> Request:
        """List Blobs."""
        more = {
            "prefix": _blob(prefix),
            "maxresults": "1000",
            **({"marker": token} if token else {}),
        }
        query = {"restype": "container", "comp": "list"}
        url = f"{self._container.url}?{urlencode({**query, **more}, quote_via=quote)}"
        return Request("GET", url, f"list `{self.url}/{prefix}`")

    def page(self, answer: Response) -> Page:
        """Return the blobs of a page."""
        found, outer = records(answer.body, "Blob")
        entries = tuple(
            Entry(_name(row["Name"]), int(row["Content-Length"]), _moment(row["Last-Modified"]))
            for row in found
        )
        return Page(entries, outer.get("NextMarker") or None)

    def meaning(self, answer: Response) -> Meaning:
        """Tell by status and code."""
        if answer.headers.get(_ERROR) == "ContainerNotFound":
            return "refused"
        return "done" if answer.ok else _MEANINGS.get(answer.status, "refused")

    def reason(self, answer: Response) -> str:
        """Return code and message."""
        code = answer.headers.get(_ERROR, "")
        if not answer.body.lstrip(b"\xef\xbb\xbf").startswith(b"<"):
            return code
        _, fields = records(answer.body, "-")
        message = fields.get("Message", "").partition("\n")[0]
        return ": ".join(part for part in (fields.get("Code") or code, message) if part)

    def begin(self, name: str, mark: str) -> Request | None:
        """Return None: blocks may be put where no blob is."""
        del name, mark
        return None

    def begun(self, answer: Response | None, mark: str) -> str:
        """Return what the ids of the blocks begin with."""
        del answer
        return mark

    def put_part(self, name: str, upload: str, part: Part, body: Body) -> Request:
        """Put Block."""
        query = {"comp": "block", "blockid": _block(upload, part.number)}
        headers = {
            "content-length": str(part.size),
            "content-md5": base64.b64encode(part.digest).decode(),
        }
        return self._call("PUT", name, query, headers, body)

    def receipt(self, answer: Response, part: Part) -> str:
        """Return nothing: the block's id says all."""
        del answer, part
        return ""

    def parts(self, name: str, upload: str) -> Request:
        """Get Block List."""
        del upload
        query = {"comp": "blocklist", "blocklisttype": "uncommitted"}
        return self._call("GET", name, query)

    def sent(self, answer: Response) -> Mapping[int, tuple[int, str]]:
        """Return the sizes of the blocks."""
        found, _ = records(answer.body, "Block")
        numbers = (base64.b64decode(row["Name"]).decode().rpartition("-")[2] for row in found)
        return {
            int(number): (int(row["Size"]), "") for number, row in zip(numbers, found, strict=True)
        }

    def complete(self, name: str, upload: str, receipts: Mapping[int, str], mark: str) -> Request:
        """Put Block List with a condition."""
        blocks = "".join(
            f"<Uncommitted>{_block(upload, number)}</Uncommitted>" for number in sorted(receipts)
        )
        body = f'<?xml version="1.0" encoding="utf-8"?><BlockList>{blocks}</BlockList>'.encode()
        headers = {**_IF_ABSENT, _MARK: mark}
        return self._call("PUT", name, {"comp": "blocklist"}, headers, body)

    def _call(
        self,
        method: str,
        name: str,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | Body = b"",
    ) -> Request:
        url = f"{self._container.url}/{quote(_blob(name))}"
        return Request(
            method,
            f"{url}?{urlencode(query, quote_via=quote)}" if query else url,
            f"{VERBS[method]} `{self.url}/{name}`",
            headers or {},
            body,
        )


def _blob(name: str) -> str:
    """Return the blob's name: Azure reads a backslash as a slash, so that it is escaped."""
    return name.replace("~", "~7E").replace("\\", "~5C")


def _name(blob: str) -> str:
    return blob.replace("~5C", "\\").replace("~7E", "~")


def _block(upload: str, number: int) -> str:
    """Return the id of a block: all of a blob have the same length."""
    return base64.b64encode(f"{upload}-{number:05}".encode()).decode()


def _moment(text: str) -> float:
    return parsedate_to_datetime(text).timestamp()
