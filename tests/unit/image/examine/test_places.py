import json
from pathlib import Path

import pytest

from sparkferry.errors import ExternalError, UserError
from sparkferry.image.examine.model import InspectedImage
from sparkferry.image.examine.places import load_path
from support.images import config_of, pack_layout, write_layout, write_saved
from support.tars import member, tar

LAYERS = (tar(member("a", b"1" * 3000)), tar(member("b", b"2")))
EXECUTION = {
    "Env": ["A=1", "B=x=y"],
    "Entrypoint": ["/tini"],
    "Cmd": None,
    "User": "7",
    "Labels": None,
}
HISTORY = [
    {"created_by": "one"},
    {"created_by": "ENV A=1", "empty_layer": True},
    {"created_by": "two", "comment": "why"},
]


def contents(image: InspectedImage) -> list[bytes]:
    found = []
    for layer in image.layers:
        with layer.open() as stream:
            found.append(stream.read())
    return found


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    return write_layout(tmp_path / "layout", LAYERS, EXECUTION, history=HISTORY)


def blob(layout: Path, descriptor_of: str) -> Path:
    index = json.loads((layout / "index.json").read_text())
    manifest = layout / "blobs" / index["manifests"][0]["digest"].replace(":", "/")
    if descriptor_of == "manifest":
        return manifest
    found = json.loads(manifest.read_text())[descriptor_of]
    found = found[0] if isinstance(found, list) else found
    return layout / "blobs" / found["digest"].replace(":", "/")


def test_a_layout_is_read(layout):
    (image,) = load_path(layout)
    assert image.config.platform == "linux/amd64"
    assert image.config.config.environ == {"A": "1", "B": "x=y"}
    assert image.config.config.argv == ("/tini",)
    assert [x.step.created_by for x in image.layers] == ["one", "two"]
    assert [x.descriptor.size for x in image.layers] == list(map(len, contents(image)))


def test_a_layout_in_a_tar_is_the_same(layout, tmp_path):
    (plain,), (packed,) = load_path(layout), load_path(pack_layout(layout, tmp_path / "x.tar"))
    assert packed.config == plain.config
    assert packed.descriptor == plain.descriptor
    assert contents(packed) == contents(plain)


def test_what_docker_saves_is_read(tmp_path):
    (image,) = load_path(write_saved(tmp_path / "saved.tar", LAYERS, EXECUTION))
    assert contents(image) == list(LAYERS)
    assert [x.descriptor.size for x in image.layers] == list(map(len, LAYERS))
    assert image.config.config.user == "7"


def test_a_history_that_does_not_fit_says_nothing(tmp_path):
    layout = write_layout(tmp_path / "layout", LAYERS, history=HISTORY[:1])
    (image,) = load_path(layout)
    assert [x.step.created_by for x in image.layers] == ["", ""]


@pytest.mark.parametrize("what", ["manifest", "config", "layers"])
def test_other_bytes_than_the_digest_says_are_an_error(layout, what):
    path = blob(layout, what)
    path.write_bytes(path.read_bytes().replace(b"1", b"3") + b" ")
    with pytest.raises(ExternalError, match="could not verify"):
        contents(load_path(layout)[0])


def test_a_blob_that_is_missing_is_an_error(layout):
    blob(layout, "config").unlink()
    with pytest.raises(ExternalError, match="has it not"):
        load_path(layout)


def test_a_manifest_that_is_none_is_an_error(tmp_path):
    layout = write_layout(tmp_path / "layout", LAYERS)
    index = json.loads((layout / "index.json").read_text())
    (root,) = index["manifests"]
    config = blob(layout, "config")
    root.update(digest=f"sha256:{config.name}", size=config.stat().st_size)
    (layout / "index.json").write_text(json.dumps(index))
    with pytest.raises(ExternalError, match=r"it is no application/vnd\.oci\.image\.manifest"):
        load_path(layout)


def test_an_index_gives_an_image_for_each_platform(layout):
    index = json.loads((layout / "index.json").read_text())
    (root,) = index["manifests"]
    unknown = {"platform": {"os": "unknown", "architecture": "unknown"}}
    inner = json.dumps(
        {"schemaVersion": 2, "manifests": [root, {**root, **unknown}, root]}
    ).encode()
    digest = write_blob(layout, inner)
    index["manifests"] = [
        {"mediaType": "application/vnd.oci.image.index.v1+json", "digest": digest, "size": 1}
    ]
    (layout / "index.json").write_text(json.dumps(index))
    assert len(load_path(layout)) == 2
    index["manifests"][0]["digest"] = write_blob(layout, b'{"manifests": []}')
    (layout / "index.json").write_text(json.dumps(index))
    with pytest.raises(ExternalError, match="no image for any platform"):
        load_path(layout)


def write_blob(layout: Path, data: bytes) -> str:
    import hashlib

    digest = hashlib.sha256(data).hexdigest()
    (layout / "blobs/sha256" / digest).write_bytes(data)
    return f"sha256:{digest}"


@pytest.mark.parametrize("content", [None, b"no tar at all", tar(member("x", b"y"))])
def test_what_holds_no_image_is_refused(tmp_path, content):
    path = tmp_path / "thing"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(UserError, match="neither an OCI layout nor an archive"):
        load_path(path)


def test_a_part_of_an_archive_can_be_searched(tmp_path):
    from sparkferry.image.examine.archive import archive_files

    path = tmp_path / "x.tar"
    path.write_bytes(tar(member("a", b"before"), member("b", b"0123456789"), member("c", b"after")))
    with archive_files(path)("b") as stream:
        assert stream.read(3) == b"012"
        stream.seek(-2, 2)
        assert stream.read() == b"89"
        stream.seek(4)
        assert stream.read(2) == b"45"


def test_the_last_of_two_variables_counts():
    from sparkferry.image.examine.model import Execution

    assert Execution(env=("A=1", "A=2")).environ == {"A": "2"}


def test_config_keys_that_are_not_needed_are_allowed():
    import msgspec

    from sparkferry.image.examine.model import Config

    config = msgspec.json.decode(config_of(LAYERS, EXECUTION, author="me"), type=Config)
    assert config.config.labels is None
