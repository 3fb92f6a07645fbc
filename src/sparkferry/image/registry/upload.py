"""Blobs into a repository: mounted from another one, or uploaded, resumed and begun again.

Distribution specification 1.1, "Pushing blobs". A blob goes as one body, since not every registry
takes chunks (Google's Artifact Registry does not). Chunks are used for the rest of an upload that
broke, and where the registry refuses the whole for its length.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, Literal
from urllib.parse import urlencode

from sparkferry.errors import ExternalError
from sparkferry.files import CHUNK as READ
from sparkferry.http.message import NOT_FOUND, TOO_LARGE, Request, Response
from sparkferry.http.meter import Meter
from sparkferry.http.retry import AgainError, Retry
from sparkferry.image.model import Descriptor
from sparkferry.image.registry.answers import failure, has_code, reason
from sparkferry.image.registry.auth import Scope, to_mount, to_push
from sparkferry.image.registry.blobs import has_blob
from sparkferry.image.registry.client import Repository

CHUNK = 16 << 20
"""Bytes of a chunk, where the registry wants chunks and does not ask for longer ones."""

Content = Path | bytes
"""A file, or what would be in it."""

_CREATED = 201
_ACCEPTED = 202
_NO_REPOSITORY = "NAME_UNKNOWN"
_LOST = frozenset({404, 416})
_LOST_CODE = b"BLOB_UPLOAD_"
"""How the codes begin that a registry uses for an upload that it does not know any more."""
_BINARY = {"Content-Type": "application/octet-stream"}


def mount(repository: Repository, descriptor: Descriptor, source: str) -> Literal[True] | str:
    """Take the blob over from the repository ``source`` of the same registry.

    Return True, or else the address of an upload that the registry began in its place; empty where
    it began none. Registries refuse in many ways, from the token for two repositories on; whatever is
    wrong with more than the mount, the upload that follows meets it again.
    """
    action = f"mount the blob `{descriptor.digest}` from `{source}` in `{repository}`"
    query = urlencode({"mount": descriptor.digest, "from": source})
    try:
        call = Request("POST", repository.url(f"blobs/uploads/?{query}"), action)
        answer = repository.session.attempt(call, to_mount(repository.name, source))
        if answer.status == _CREATED:
            return True
        return repository.session.location(call, answer) if answer.ok else ""
    except (AgainError, ExternalError):
        return ""


def upload(
    repository: Repository,
    descriptor: Descriptor,
    content: Content,
    meter: Meter,
    location: str = "",
) -> None:
    """Upload the blob, which the repository does not have; ``location`` is an upload that was begun.

    :raises ExternalError: the registry refuses it, or stays out of reach.
    """
    _Upload(repository, descriptor, content, meter).run(location)


class _Upload:
    def __init__(
        self, repository: Repository, blob: Descriptor, content: Content, meter: Meter
    ) -> None:
        self._repository, self._blob, self._content, self._meter = repository, blob, content, meter
        self._action = f"push the blob `{blob.digest}` to `{repository}`"
        self._location = ""
        self._offset = 0
        """Bytes that the registry is known to have."""
        self._chunk = blob.size
        self._least = 0
        """Bytes that the registry wants a chunk to have at least."""

    def run(self, location: str) -> None:
        self._location = location
        session = self._repository.session
        retry = Retry(self._action, session.clock, session.attempts)
        while True:
            before = self._offset
            try:
                return self._send()
            except AgainError as error:
                retry.wait(error)
            if has_blob(self._repository, self._blob.digest):
                return self._meter.at(self._blob.size)
            self._ask()
            if self._offset > before:
                retry.progressed()

    def _send(self) -> None:
        if not self._location:
            self._begin()
        while self._in_chunks and self._offset < self._blob.size:
            self._send_chunk()
        answer = self._finish(self._offset)
        chunk = max(CHUNK, self._least)
        if answer.status == TOO_LARGE and not self._in_chunks and chunk < self._blob.size:
            self._chunk, self._location = chunk, ""
            self._send()
        else:
            self._check(answer)
            if answer.status == _ACCEPTED and not has_blob(self._repository, self._blob.digest):
                raise AgainError("the registry accepted the upload, and does not have it")

    @property
    def _in_chunks(self) -> bool:
        return self._offset > 0 or self._chunk < self._blob.size

    def _begin(self) -> None:
        call = Request("POST", self._repository.url("blobs/uploads/"), self._action)
        answer = self._repository.session.attempt(call, self._need)
        if not answer.ok:
            raise self._refused(answer)
        least = answer.headers.get("OCI-Chunk-Min-Length", "")
        self._least = int(least) if least.isascii() and least.isdigit() else 0
        self._location = self._repository.session.location(call, answer)
        self._offset = 0

    def _send_chunk(self) -> None:
        start, stop = self._offset, min(self._offset + self._chunk, self._blob.size)
        span = {"Content-Range": f"{start}-{stop - 1}"}
        call = self._call("PATCH", self._location, start, stop, span)
        answer = self._repository.session.attempt(call, self._need)
        self._check(answer)
        self._location = self._repository.session.location(call, answer)
        self._offset = _received(answer) or stop

    def _finish(self, start: int) -> Response:
        separator = "&" if "?" in self._location else "?"
        url = f"{self._location}{separator}{urlencode({'digest': self._blob.digest})}"
        call = self._call("PUT", url, start, self._blob.size, {})
        return self._repository.session.attempt(call, self._need)

    def _call(
        self, method: str, url: str, start: int, stop: int, headers: dict[str, str]
    ) -> Request:
        length = {"Content-Length": str(stop - start)}
        return Request(
            method,
            url,
            self._action,
            {**_BINARY, **length, **headers},
            lambda: self._read(start, stop),
        )

    def _read(self, start: int, stop: int) -> Iterator[bytes]:
        with _opened(self._content) as stream:
            stream.seek(start)
            while start < stop:
                data = stream.read(min(READ, stop - start))
                if not data:
                    raise _shrunk(self._action)
                yield data
                start += len(data)
                self._meter.at(start)

    def _ask(self) -> None:
        """Find out how much of the broken upload the registry kept."""
        location, self._location, self._offset = self._location, "", 0
        if not location:
            return
        call = Request("GET", location, self._action)
        answer = self._repository.session.answer(call, self._need)
        received = _received(answer) if answer.ok else 0
        if 0 < received <= self._blob.size:
            self._offset = received
            self._location = self._repository.session.location(call, answer)

    def _check(self, answer: Response) -> None:
        if answer.ok:
            return
        if has_code(answer, _NO_REPOSITORY):
            raise self._refused(answer)
        if self._offset or answer.status in _LOST or _LOST_CODE in answer.body:
            self._location, self._offset = "", 0
            raise AgainError(f"the upload was lost: {reason(answer, self._repository.registry)}")
        raise self._refused(answer)

    def _refused(self, answer: Response) -> ExternalError:
        registry, name = self._repository.registry, self._repository.name
        if answer.status != NOT_FOUND and not has_code(answer, _NO_REPOSITORY):
            return failure(self._action, answer, registry)
        return ExternalError(
            f"could not push to `{self._repository}`: no such repository: {reason(answer, registry)}",
            hint=how_to_create(registry, name),
        )

    @property
    def _need(self) -> Scope:
        return to_push(self._repository.name)


def _received(answer: Response) -> int:
    """Return how many bytes the registry says it has; 0 where it does not say or has at most one."""
    found = re.fullmatch(r"(?:bytes=)?0-([0-9]{1,18})", answer.headers.get("Range", ""))
    return int(found[1]) + 1 if found and found[1] != "0" else 0


def _opened(content: Content) -> IO[bytes]:
    return content.open("rb") if isinstance(content, Path) else BytesIO(content)


def _shrunk(action: str) -> ExternalError:
    return ExternalError(f"could not {action}: the file in the cache became shorter meanwhile")


_ECR = re.compile(r"[0-9]{12}\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\..+")
"""https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html."""

_ARTIFACT_REGISTRY = re.compile(r"(?P<location>[a-z0-9-]+)-docker\.pkg\.dev")
"""https://cloud.google.com/artifact-registry/docs/docker/names."""


def how_to_create(registry: str, repository: str) -> str:
    """Return the command that creates ``repository``, or where to create it."""
    first, _, rest = repository.partition("/")
    if found := _ECR.fullmatch(registry):
        name = f"--repository-name {repository} --region {found['region']}"
        return f"create it: `aws ecr create-repository {name}`"
    if registry == "public.ecr.aws":
        name = f"--repository-name {rest or first} --region us-east-1"
        return f"create it: `aws ecr-public create-repository {name}`"
    if found := _ARTIFACT_REGISTRY.fullmatch(registry):
        name, options = rest.partition("/")[0], "--repository-format=docker"
        place = f"--location={found['location']} --project={first}"
        return f"create it: `gcloud artifacts repositories create {name} {options} {place}`"
    return (
        f"create it, or check its name: some registries want a repository, or a project `{first}` "
        f"around it, before the first push (Harbor: `curl -u USER https://{registry}/api/v2.0/projects "
        f"-H 'Content-Type: application/json' -d '{{\"project_name\": \"{first}\"}}'`)"
    )
