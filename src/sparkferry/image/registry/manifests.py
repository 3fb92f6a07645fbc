"""Manifests and tags of a repository.

Distribution specification 1.1, "Pulling manifests", "Pushing Manifests", "Listing Tags".
"""

import re
from dataclasses import replace
from typing import TypeVar

import msgspec

from sparkferry.errors import ExternalError
from sparkferry.files import sha256_bytes
from sparkferry.http.addresses import leads_to, origin
from sparkferry.http.message import NOT_FOUND, Request, Response
from sparkferry.image.model import INDEX, MANIFEST, Descriptor
from sparkferry.image.registry.answers import failure, is_immutable, reason
from sparkferry.image.registry.auth import to_pull, to_push
from sparkferry.image.registry.blobs import NO_HEAD
from sparkferry.image.registry.client import Repository
from sparkferry.image.registry.reference import is_digest

T = TypeVar("T")

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"

_ACCEPT = {"Accept": f"{MANIFEST}, {INDEX}, {DOCKER_MANIFEST}, {DOCKER_INDEX}"}
_DIGEST = "Docker-Content-Digest"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """A manifest or index as the registry has it."""

    descriptor: Descriptor
    body: bytes


class _Typed(msgspec.Struct, frozen=True, rename="camel"):
    media_type: str = ""


class _Tags(msgspec.Struct, frozen=True):
    tags: tuple[str, ...] | None = None


def find_manifest(repository: Repository, wanted: str) -> Descriptor | None:
    """Return what the tag or digest ``wanted`` is, or None if it is not there.

    :raises ExternalError: the registry does not say.
    """
    action = f"look for the image `{_named(repository, wanted)}`"
    call = Request("HEAD", repository.url(f"manifests/{wanted}"), action, _ACCEPT)
    answer = repository.session.answer(call, to_pull(repository.name))
    if answer.status in NO_HEAD:
        answer = repository.session.answer(replace(call, method="GET"), to_pull(repository.name))
        if answer.ok:
            return _read(action, wanted, answer).descriptor
    if answer.status == NOT_FOUND:
        return None
    if not answer.ok:
        raise failure(action, answer, repository.registry)
    digest, length = answer.headers.get(_DIGEST, ""), answer.headers.get("Content-Length", "")
    if not (is_digest(digest) and length.isascii() and length.isdigit()):
        return get_manifest(repository, wanted).descriptor
    _check_digest(action, wanted, digest)
    kind = _media_type(answer)
    return Descriptor(media_type=kind, digest=digest, size=int(length))


def get_manifest(repository: Repository, wanted: str) -> Manifest:
    """Return the manifest of the tag or digest ``wanted``, whose digest was checked.

    :raises ExternalError: it is not there, too long, or not what was asked for.
    """
    action = f"read the image `{_named(repository, wanted)}`"
    call = Request("GET", repository.url(f"manifests/{wanted}"), action, _ACCEPT)
    answer = repository.session.answer(call, to_pull(repository.name))
    if not answer.ok:
        raise failure(action, answer, repository.registry)
    return _read(action, wanted, answer)


def _read(action: str, wanted: str, answer: Response) -> Manifest:
    digest = f"sha256:{sha256_bytes(answer.body)}"
    _check_digest(action, wanted, digest)
    _check_digest(action, answer.headers.get(_DIGEST, ""), digest)
    kind = _agreed_type(action, answer)
    descriptor = Descriptor(media_type=kind, digest=digest, size=len(answer.body))
    return Manifest(descriptor=descriptor, body=answer.body)


def put_manifest(repository: Repository, wanted: str, manifest: Manifest) -> Response:
    """Store the manifest under a tag or its own digest, and return what the registry answered.

    :raises ExternalError: the registry refuses it.
    """
    action = f"push the image `{_named(repository, wanted)}`"
    headers = {"Content-Type": manifest.descriptor.media_type}
    url = repository.url(f"manifests/{wanted}")
    call = Request("PUT", url, action, headers, manifest.body)
    answer = repository.session.answer(call, to_push(repository.name))
    if answer.ok:
        return answer
    if not is_digest(wanted) and is_immutable(answer):
        raise ExternalError(
            f"could not {action}: the tag exists, and the registry does not let it be overwritten: "
            f"{reason(answer, repository.registry)}",
            hint="push under another tag: set `tag` in [tool.sparkferry.image], or let the repository's "
            "tags be mutable",
        )
    raise failure(action, answer, repository.registry)


def list_tags(repository: Repository) -> tuple[str, ...]:
    """Return all tags, sorted; none where there is no such repository.

    :raises ExternalError: the registry does not say.
    """
    action = f"list the tags of `{repository}`"
    url: str | None = repository.url("tags/list")
    tags: list[str] = []
    while url:
        call = Request("GET", url, action)
        answer = repository.session.answer(call, to_pull(repository.name))
        if answer.status == NOT_FOUND:
            break
        if not answer.ok:
            raise failure(action, answer, repository.registry)
        tags.extend(decoded(action, answer, _Tags).tags or ())
        url = next_page(call, answer)
    return tuple(sorted(tags))


def next_page(call: Request, answer: Response) -> str | None:
    """Return where the answer goes on (RFC 8288), or None at its end or where it leads elsewhere."""
    found = re.match(r"\s*<([^>]*)>\s*;.*\brel=\"?next\b", answer.headers.get("Link", ""))
    url = leads_to(call.url, found[1]) if found else call.url
    return url if url != call.url and origin(url) == origin(call.url) else None


def decoded(action: str, answer: Response, kind: type[T]) -> T:
    """Return the answer's JSON.

    :raises ExternalError: it is none.
    """
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ExternalError(
            f"could not {action}: the registry answered with something else: {error}"
        ) from error


def _named(repository: Repository, wanted: str) -> str:
    return f"{repository}{'@' if is_digest(wanted) else ':'}{wanted}"


def _check_digest(action: str, wanted: str, digest: str) -> None:
    if is_digest(wanted) and wanted != digest:
        raise ExternalError(
            f"could not {action}: the registry sent something else, of digest {digest}",
            hint="the registry or something between it and us is broken, or changes what is served",
        )


def _media_type(answer: Response) -> str:
    return answer.headers.get("Content-Type", "").partition(";")[0].strip()


def _agreed_type(action: str, answer: Response) -> str:
    """Return the media type, on which header and content must agree, lest it means two things."""
    said, own = _media_type(answer), decoded(action, answer, _Typed).media_type
    if said and own and said != own:
        raise ExternalError(
            f"could not {action}: the registry says it is `{said}`, and it says itself `{own}`"
        )
    return own or said
