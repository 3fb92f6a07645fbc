import json

import pytest

from sparkferry.errors import ExternalError
from sparkferry.http.meter import Meter
from sparkferry.image.registry.blobs import fetch_blob
from sparkferry.image.registry.manifests import get_manifest, list_tags
from sparkferry.image.registry.push import push
from sparkferry.image.registry.reference import parse
from sparkferry.image.registry.referrers import Artifact, attach, fallback_tag
from sparkferry.progress import QUIET
from support.image_values import (
    described_as,
    descriptor_of,
    make_image,
    make_index,
    make_layer,
)
from support.referrers import list_referrers
from support.registry_logins import Counter
from support.registry_proxy import Fault

SBOM = Artifact(
    artifact_type="application/vnd.cyclonedx+json",
    media_type="application/vnd.cyclonedx+json",
    content=b'{"bomFormat": "CycloneDX"}',
    annotations={"org.opencontainers.image.created": "2026-01-01T00:00:00Z"},
)
NOTE = Artifact(artifact_type="text/x-note", media_type="text/plain", content=b"hello")


@pytest.fixture
def image(tmp_path):
    return make_image(make_layer(tmp_path, "a", b"a"))


@pytest.fixture
def repository(proxy, registries, cache, image, name):
    push(make_index(image), parse(f"{proxy.host}/{name}:v1"), registries, cache, QUIET)
    return registries.repository(proxy.host, name)


def test_without_the_api_a_tag_lists_them(repository, image, cache):
    digest = image.descriptor.digest
    assert list_referrers(repository, digest) == ()
    sbom, note = (
        attach(repository, image.descriptor, SBOM),
        attach(repository, image.descriptor, NOTE),
    )
    assert list_tags(repository) == (fallback_tag(digest), "v1")
    assert list_referrers(repository, digest) == (sbom, note)
    (found,) = list_referrers(repository, digest, SBOM.artifact_type)
    assert found == sbom
    assert found.annotations == SBOM.annotations
    manifest = json.loads(get_manifest(repository, found.digest).body)
    assert manifest["subject"]["digest"] == digest
    assert "platform" not in manifest["subject"]
    (layer,) = manifest["layers"]
    blob = descriptor_of(SBOM.content, SBOM.media_type)
    assert layer == described_as(blob)
    assert fetch_blob(repository, blob, cache, Meter(Counter())).path.read_bytes() == SBOM.content


def test_the_same_twice_changes_nothing(repository, image, proxy):
    first = attach(repository, image.descriptor, SBOM)
    proxy.asked.clear()
    assert attach(repository, image.descriptor, SBOM) == first
    assert proxy.methods().count("PUT") == 1
    assert "POST" not in proxy.methods()


def test_with_the_api_there_is_no_tag(repository, image, proxy):
    def with_subject(status, headers, body):
        return status, {**headers, "OCI-Subject": image.descriptor.digest}, body

    proxy.faults = [Fault("PUT", "manifests", with_subject)]
    attach(repository, image.descriptor, SBOM)
    assert list_tags(repository) == ("v1",)


def test_a_tag_that_is_no_index_is_told(repository, image, proxy):
    proxy.faults = [
        Fault("HEAD", "manifests/sha256-", 200),
        Fault("GET", "manifests/sha256-", 200, times=2, body=b'{"manifests": 1}'),
    ]
    with pytest.raises(ExternalError, match="is not an index"):
        attach(repository, image.descriptor, SBOM)
