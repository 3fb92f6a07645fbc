"""What is attached to an image, as whoever looks for it finds it: by the API, else by the tag."""

import json
from urllib.parse import urlencode

import msgspec

from sparkferry.http.message import NOT_FOUND, Request
from sparkferry.image.model import INDEX, Descriptor
from sparkferry.image.registry.auth import to_pull
from sparkferry.image.registry.client import Repository
from sparkferry.image.registry.manifests import find_manifest, get_manifest, next_page
from sparkferry.image.registry.referrers import fallback_tag


def list_referrers(
    repository: Repository, digest: str, artifact_type: str = ""
) -> tuple[Descriptor, ...]:
    """Return what refers to the manifest ``digest``, of one type or all."""
    found = _by_api(repository, digest, artifact_type)
    if found is None:
        tag = fallback_tag(digest)
        there = find_manifest(repository, tag)
        found = _descriptors(get_manifest(repository, tag).body) if there else ()
    return tuple(item for item in found if artifact_type in {"", item.artifact_type})


def _by_api(
    repository: Repository, digest: str, artifact_type: str
) -> tuple[Descriptor, ...] | None:
    query = f"?{urlencode({'artifactType': artifact_type})}" if artifact_type else ""
    url: str | None = repository.url(f"referrers/{digest}{query}")
    found: list[Descriptor] = []
    while url:
        call = Request("GET", url, "list referrers", {"Accept": INDEX})
        answer = repository.session.answer(call, to_pull(repository.name))
        if answer.status == NOT_FOUND:
            return None
        assert answer.ok
        found.extend(_descriptors(answer.body))
        url = next_page(call, answer)
    return tuple(found)


def _descriptors(body: bytes) -> tuple[Descriptor, ...]:
    return msgspec.convert(json.loads(body).get("manifests", ()), tuple[Descriptor, ...])
