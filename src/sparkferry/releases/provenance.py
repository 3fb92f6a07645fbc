"""Where a release comes from, as an in-toto statement (v1) with SLSA provenance (v1).

https://in-toto.io/Statement/v1, https://slsa.dev/spec/v1.0/provenance.
"""

from typing import Any

from sparkferry.files import sha256_bytes
from sparkferry.releases.model import Release, release_key


def statement(release: Release, record: bytes) -> dict[str, Any]:
    """Return the statement about the record and every layer of a release; pure."""
    subject = {"name": release_key(release.name), "digest": {"sha256": sha256_bytes(record)}}
    layers = sorted(release.layer_keys())
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [subject, *({"name": x, "digest": {"sha256": x.split("/")[1]}} for x in layers)],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "urn:sparkferry:release:v1",
                "externalParameters": {
                    "version": release.name,
                    "tag": release.tag,
                    "targets": sorted(release.plans),
                    "tier": release.tier,
                },
                "resolvedDependencies": _materials(release),
            },
            "runDetails": {
                "builder": {"id": "urn:sparkferry:client", "version": release.builder},
                "metadata": {"finishedOn": release.created},
            },
        },
    }


def _materials(release: Release) -> list[dict[str, Any]]:
    source = release.source
    commit = {"name": "source", "digest": {"gitCommit": source.head}}
    lock = {"name": "lock", "digest": {"sha256": release.lock_sha256}}
    return [commit, *([lock] if release.lock_sha256 else [])]
