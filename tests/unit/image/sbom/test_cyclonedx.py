import json
from pathlib import Path

import msgspec
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from sparkferry.image.debian.model import Installed, Locked
from sparkferry.image.sbom.cyclonedx import MEDIA_TYPE, Materials, bill, bill_artifact
from sparkferry.layers.model import Wheel


def locked(name: str, version: str, architecture: str = "amd64") -> Locked:
    return Locked(
        name=name,
        version=version,
        architecture=architecture,
        sha256="ab" * 32,
        size=7,
        path=f"pool/main/{name}_{version}_{architecture}.deb",
        archive="main",
    )


MATERIALS = Materials(
    name="team/titanic",
    digest=f"sha256:{'0f' * 32}",
    created="2026-11-20T13:00:00Z",
    suite="bookworm",
    architecture="amd64",
    debian=(
        locked("procps", "2:4.0.2-3"),
        locked("libstdc++6", "12.2.0-14+deb12u1"),
        locked("tzdata", "2025b~1", "all"),
    ),
    installed=(Installed(name="base-files", version="12.4", architecture="amd64"),),
    wheels=(
        Wheel(
            name="numpy",
            version="2.1.0+local.1",
            filename="numpy-2.1.0+local.1-cp312-cp312-manylinux_2_28_x86_64.whl",
            sha256="cd" * 32,
            path=Path("unused"),
        ),
    ),
    python="3.12.7",
    spark="4.0.5",
)


@pytest.fixture(scope="module")
def components() -> dict[str, dict]:
    return {x["purl"]: x for x in json.loads(bill(MATERIALS))["components"]}


@pytest.mark.parametrize(
    "materials", [MATERIALS, msgspec.structs.replace(MATERIALS, spark=None, wheels=(), debian=())]
)
def test_it_is_what_the_schema_says(materials):
    errors = JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill(materials).decode())
    assert errors is None


def test_the_schema_would_find_an_error():
    broken = bill(MATERIALS).replace(b'"SHA-256"', b'"SHA-257"').decode()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(broken) is not None


def test_packages_have_urls_that_another_implementation_writes(components):
    for url in components:
        assert PackageURL.from_string(url).to_string() == url
    assert set(components) == {
        "pkg:generic/cpython@3.12.7",
        "pkg:pypi/pyspark@4.0.5",
        "pkg:pypi/numpy@2.1.0%2Blocal.1",
        "pkg:deb/debian/procps@2:4.0.2-3?arch=amd64&distro=debian-12",
        "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64&distro=debian-12",
        "pkg:deb/debian/tzdata@2025b~1?arch=all&distro=debian-12",
        "pkg:deb/debian/base-files@12.4?arch=amd64&distro=debian-12",
    }


def test_wheels_and_packages_have_the_hash_of_their_file(components):
    wheel = components["pkg:pypi/numpy@2.1.0%2Blocal.1"]
    assert wheel["hashes"] == [{"alg": "SHA-256", "content": "cd" * 32}]
    assert wheel["properties"][0]["value"].startswith("numpy-2.1.0")
    package = components["pkg:deb/debian/procps@2:4.0.2-3?arch=amd64&distro=debian-12"]
    assert package["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]


def test_it_says_which_image_and_when():
    found = json.loads(bill(MATERIALS))
    assert found["metadata"]["timestamp"] == MATERIALS.created
    url = PackageURL.from_string(found["metadata"]["component"]["purl"])
    assert (url.name, url.version) == ("titanic", MATERIALS.digest)


def test_the_same_image_gives_the_same_bytes_and_another_does_not():
    assert bill(MATERIALS) == bill(msgspec.structs.replace(MATERIALS))
    other = msgspec.structs.replace(MATERIALS, digest=f"sha256:{'1f' * 32}")
    assert json.loads(bill(other))["serialNumber"] != json.loads(bill(MATERIALS))["serialNumber"]


def test_a_package_of_the_base_that_was_put_in_again_is_named_once():
    again = (
        *MATERIALS.installed,
        Installed(name="procps", version="2:4.0.2-3", architecture="amd64"),
    )
    found = json.loads(bill(msgspec.structs.replace(MATERIALS, installed=again)))["components"]
    (procps,) = [x for x in found if x["name"] == "procps"]
    assert "hashes" in procps


def test_it_is_attached_under_its_registered_type():
    artifact = bill_artifact(MATERIALS)
    assert artifact.artifact_type == artifact.media_type == MEDIA_TYPE
    assert artifact.content == bill(MATERIALS)
