"""The REST API of Amazon S3 (Amazon S3 API Reference, 2006-03-01)."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from urllib.parse import quote

import msgspec

from sparkferry.http.message import Body, Request, Response
from sparkferry.store.api import Entry
from sparkferry.store.objects.service import VERBS, Head, Meaning, Page, Part, Verb, span_of
from sparkferry.store.objects.xml import records
from sparkferry.store.s3.sign import EMPTY, HASH, Keys, query_of, signed

_MARK = "x-amz-meta-sparkferry"
_IF_ABSENT = {"if-none-match": "*"}
_MEANINGS: dict[int, Meaning] = {404: "absent", 412: "taken", 409: "again"}
"""412 is the condition's; 409 (ConditionalRequestConflict) asks to send the request again."""


class Bucket(msgspec.Struct, frozen=True):
    """Where a bucket is."""

    name: str
    region: str
    url: str
    """Of the bucket, without a slash at its end."""


class S3Service:
    """See :class:`~sparkferry.store.objects.service.PartService`.

    ``find_keys`` returns the credentials that hold now.
    """

    part_size = 8 << 20
    """At least 5 MiB ("Amazon S3 multipart upload limits")."""
    most_parts = 10_000
    part_digest = "sha256"
    permissions: Mapping[Verb, str] = MappingProxyType(
        {
            "read": "s3:GetObject",
            "write": "s3:PutObject",
            "list": "s3:ListBucket",
            "delete": "s3:DeleteObject",
        }
    )

    def __init__(self, bucket: Bucket, find_keys: Callable[[], Keys]) -> None:
        self._bucket, self._find_keys = bucket, find_keys
        self.url = f"s3://{bucket.name}"
        self.spark_url = f"s3a://{bucket.name}"

    def authorize(self, call: Request, now: datetime) -> Request:
        """Sign the request."""
        return signed(call, self._find_keys(), self._bucket.region, now)

    def identity(self) -> str:
        """Return the access key's id and where it comes from."""
        keys = self._find_keys()
        return f"the access key `{keys.access_key}` of {keys.source}"

    def read(self, name: str, span: tuple[int, int | None] | None = None) -> Request:
        """GetObject."""
        headers = span_of(span)
        return self._call("GET", name, headers=headers)

    def look(self, name: str) -> Request:
        """HeadObject."""
        return self._call("HEAD", name)

    def head(self, answer: Response) -> Head:
        """Return size and mark."""
        headers = answer.headers
        return Head(int(headers.get("content-length", "0")), headers.get(_MARK))

    def create(self, name: str, data: bytes, mark: str) -> Request:
        """PutObject with a condition."""
        headers = {**_IF_ABSENT, _MARK: mark, HASH: hashlib.sha256(data).hexdigest()}
        return self._call("PUT", name, headers=headers, body=data)

    def delete(self, name: str) -> Request:
        """DeleteObject."""
        return self._call("DELETE", name)

    def list(self, prefix: str, token: str | None) -> Request:
        """ListObjectsV2."""
        more = {"continuation-token": token} if token else {}
        query = {"list-type": "2", "prefix": prefix, **more}
        return Request(
            "GET",
            f"{self._bucket.url}/?{query_of(query)}",
            f"list `{self.url}/{prefix}`",
            {HASH: EMPTY},
        )

    def page(self, answer: Response) -> Page:
        """Return the objects of a page."""
        found, outer = records(answer.body, "Contents")
        entries = tuple(
            Entry(row["Key"], int(row["Size"]), _moment(row["LastModified"])) for row in found
        )
        more = outer.get("IsTruncated") == "true"
        return Page(entries, outer.get("NextContinuationToken") if more else None)

    def meaning(self, answer: Response) -> Meaning:
        """Tell by the status."""
        if answer.status == 404 and b"<Code>NoSuchBucket<" in answer.body:
            return "refused"
        return "done" if answer.ok else _MEANINGS.get(answer.status, "refused")

    def reason(self, answer: Response) -> str:
        """Return code and message, and the bucket's region where it is another than was asked."""
        region = answer.headers.get("x-amz-bucket-region", self._bucket.region)
        other = f"the bucket is in the region `{region}`" if region != self._bucket.region else ""
        fields = records(answer.body, "-")[1] if answer.body.lstrip().startswith(b"<") else {}
        said = (*(fields.get(key) for key in ("Code", "Message")), other)
        return ": ".join(part for part in said if part)

    def begin(self, name: str, mark: str) -> Request:
        """CreateMultipartUpload."""
        return self._call("POST", name, {"uploads": ""}, {_MARK: mark})

    def begun(self, answer: Response | None, mark: str) -> str:
        """Return the upload's id."""
        del mark
        return records(answer.body, "-")[1]["UploadId"] if answer else ""

    def put_part(self, name: str, upload: str, part: Part, body: Body) -> Request:
        """UploadPart."""
        query = {"partNumber": str(part.number), "uploadId": upload}
        headers = {HASH: part.digest.hex(), "content-length": str(part.size)}
        return self._call("PUT", name, query, headers, body)

    def receipt(self, answer: Response, part: Part) -> str:
        """Return the part's entity tag."""
        del part
        return answer.headers["etag"]

    def parts(self, name: str, upload: str) -> Request:
        """ListParts; the first thousand, others are sent again."""
        return self._call("GET", name, {"uploadId": upload})

    def sent(self, answer: Response) -> Mapping[int, tuple[int, str]]:
        """Return sizes and entity tags."""
        found, _ = records(answer.body, "Part")
        return {int(row["PartNumber"]): (int(row["Size"]), row["ETag"]) for row in found}

    def complete(self, name: str, upload: str, receipts: Mapping[int, str], mark: str) -> Request:
        """CompleteMultipartUpload with a condition."""
        del mark
        parts = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{_escaped(tag)}</ETag></Part>"
            for number, tag in sorted(receipts.items())
        )
        space = "http://s3.amazonaws.com/doc/2006-03-01/"
        body = (
            f'<CompleteMultipartUpload xmlns="{space}">{parts}</CompleteMultipartUpload>'.encode()
        )
        headers = {**_IF_ABSENT, HASH: hashlib.sha256(body).hexdigest()}
        return self._call("POST", name, {"uploadId": upload}, headers, body)

    def _call(
        self,
        method: str,
        name: str,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | Body = b"",
    ) -> Request:
        url = f"{self._bucket.url}/{quote(name, safe='/-_.~')}"
        return Request(
            method,
            f"{url}?{query_of(query)}" if query else url,
            f"{VERBS[method]} `{self.url}/{name}`",
            {HASH: EMPTY, **(headers or {})},
            body,
        )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
