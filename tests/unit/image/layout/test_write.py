import errno
import json
import os
import stat
import subprocess
from pathlib import Path

import pytest

from sparkferry.base.cache import Cache
from sparkferry.errors import UserError
from sparkferry.image.layers.zstd import in_zstd
from sparkferry.image.layout.archive import write_archive
from sparkferry.image.layout.write import REF_NAME, write_layout
from sparkferry.image.manifest import ImageConfig, assemble, index_of
from sparkferry.image.model import ImageLayer
from support.layouts import in_registry, make_image, make_layer, no_fetch, two_platforms


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def names_in(directory: Path) -> dict[str, str]:
    index = json.loads((directory / "index.json").read_bytes())
    return {x.get("annotations", {}).get(REF_NAME, ""): x["digest"] for x in index["manifests"]}


def inspect(reference: str) -> dict[str, object]:
    argv = ["skopeo", "inspect", reference]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_skopeo_reads_it(tmp_path: Path, cache: Cache) -> None:
    image = make_image(cache, "a", "b")
    write_layout(image, tmp_path / "out", "1.0", no_fetch)
    found = inspect(f"oci:{tmp_path}/out:1.0")
    assert found["Digest"] == image.descriptor.digest
    assert found["Layers"] == [x.descriptor.digest for x in image.images[0].layers]


def test_skopeo_copies_it_with_every_digest_checked(tmp_path: Path, cache: Cache) -> None:
    write_layout(make_image(cache, "a", "b"), tmp_path / "out", "", no_fetch)
    argv = ["skopeo", "copy", f"oci:{tmp_path}/out", f"dir:{tmp_path}/copy"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_layers_in_zstd_are_read_by_skopeo(tmp_path: Path, cache: Cache) -> None:
    packed = [in_zstd(make_layer("a", cache), cache)]
    image = index_of([assemble(packed, ImageConfig(), "linux/amd64")])
    write_layout(image, tmp_path / "out", "", no_fetch)
    argv = ["skopeo", "copy", "--dest-decompress", f"oci:{tmp_path}/out", f"dir:{tmp_path}/copy"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "copy" / packed[0].diff_id.removeprefix("sha256:")).is_file()


def test_other_images_stay(tmp_path: Path, cache: Cache) -> None:
    one, two = make_image(cache, "a"), two_platforms(cache, "b")
    for name, image in (("one", one), ("two", two), ("", one)):
        write_layout(image, tmp_path / "out", name, no_fetch)
    assert names_in(tmp_path / "out") == {
        "one": one.descriptor.digest,
        "two": two.descriptor.digest,
        "": one.descriptor.digest,
    }


def test_a_name_goes_to_the_newest(tmp_path: Path, cache: Cache) -> None:
    first, second = make_image(cache, "a"), make_image(cache, "b")
    for image in (first, second, second):
        write_layout(image, tmp_path / "out", "dev", no_fetch)
    index = json.loads((tmp_path / "out/index.json").read_bytes())
    assert [x["digest"] for x in index["manifests"]] == [second.descriptor.digest]


def test_without_a_name_an_image_stands_there_once(tmp_path: Path, cache: Cache) -> None:
    first, second = make_image(cache, "a"), make_image(cache, "b")
    for image in (first, second, first):
        write_layout(image, tmp_path / "out", "", no_fetch)
    index = json.loads((tmp_path / "out/index.json").read_bytes())
    assert sorted(x["digest"] for x in index["manifests"]) == sorted(
        [first.descriptor.digest, second.descriptor.digest]
    )


def test_layers_are_linked_to_the_cache(tmp_path: Path, cache: Cache) -> None:
    image = make_image(cache, "a")
    write_layout(image, tmp_path / "out", "", no_fetch)
    (made,) = image.images[0].layers
    assert isinstance(made.source, Path)
    blob = tmp_path / "out/blobs/sha256" / made.descriptor.sha256
    assert blob.stat().st_ino == made.source.stat().st_ino


def test_layers_are_copied_where_they_cannot_be_linked(
    tmp_path: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link", str(source))

    image = make_image(cache, "a")
    monkeypatch.setattr(os, "link", refuse)
    write_layout(image, tmp_path / "out", "", no_fetch)
    assert inspect(f"oci:{tmp_path}/out")["Digest"] == image.descriptor.digest
    (made,) = image.images[0].layers
    blob = tmp_path / "out/blobs/sha256" / made.descriptor.sha256
    assert blob.stat().st_nlink == 1
    assert blob.stat().st_mode & stat.S_IWUSR


def test_another_failure_of_linking_is_told(
    tmp_path: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(target))

    image = make_image(cache, "a")
    monkeypatch.setattr(os, "link", fail)
    with pytest.raises(OSError, match="No space"):
        write_layout(image, tmp_path / "out", "", no_fetch)
    assert not (tmp_path / "out/index.json").exists()


def test_layers_of_a_base_image_are_fetched_once(tmp_path: Path, cache: Cache) -> None:
    here = make_layer("base", cache)
    assert isinstance(here.source, Path)
    fetched = list[ImageLayer]()
    file = here.source

    def fetch(wanted: ImageLayer) -> Path:
        fetched.append(wanted)
        return file

    there = in_registry(here)
    layers = [there, make_layer("a", cache)]
    images = [assemble(layers, ImageConfig(), x) for x in ("linux/amd64", "linux/arm64")]
    write_layout(index_of(images), tmp_path / "out", "", fetch)
    assert fetched == [there]


def test_a_directory_of_something_else_is_left_alone(tmp_path: Path, cache: Cache) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/notes.txt").write_text("mine")
    with pytest.raises(UserError, match="no OCI image layout"):
        write_layout(make_image(cache, "a"), tmp_path / "out", "", no_fetch)
    assert [x.name for x in (tmp_path / "out").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("content", ["{", "[]", "{}"])
def test_a_broken_index_is_told(tmp_path: Path, cache: Cache, content: str) -> None:
    write_layout(make_image(cache, "a"), tmp_path / "out", "", no_fetch)
    (tmp_path / "out/index.json").write_text(content)
    with pytest.raises(UserError, match=r"index\.json cannot be read"):
        write_layout(make_image(cache, "a"), tmp_path / "out", "", no_fetch)


def test_a_layout_that_was_never_finished_is_finished(tmp_path: Path, cache: Cache) -> None:
    image = make_image(cache, "a")
    write_layout(image, tmp_path / "out", "dev", no_fetch)
    (tmp_path / "out/index.json").unlink()
    write_layout(image, tmp_path / "out", "dev", no_fetch)
    assert names_in(tmp_path / "out") == {"dev": image.descriptor.digest}


def test_the_same_image_gives_the_same_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        image = two_platforms(Cache(tmp_path / f"cache-{name}"), "a", "b")
        write_layout(image, tmp_path / name, "dev", no_fetch)
    trees = [
        {x.relative_to(root): x.read_bytes() for x in root.rglob("*") if x.is_file()}
        for root in (tmp_path / "one", tmp_path / "two")
    ]
    assert trees[0] == trees[1]


def test_an_archive_is_read_in_both_formats(tmp_path: Path, cache: Cache) -> None:
    image = make_image(cache, "a", "b")
    path = tmp_path / "out.tar"
    write_archive(image, path, "titanic:1.0", no_fetch)
    assert inspect(f"oci-archive:{path}")["Digest"] == image.descriptor.digest
    found = inspect(f"docker-archive:{path}:titanic:1.0")
    diff_ids = [x.diff_id for x in image.images[0].layers]
    assert found["Layers"] == diff_ids


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("titanic:1.0", "docker.io/library/titanic:1.0"),
        ("team/titanic:1.0", "docker.io/team/titanic:1.0"),
        ("localhost/titanic:1.0", "localhost/titanic:1.0"),
        ("registry.example:5000/titanic:1.0", "registry.example:5000/titanic:1.0"),
    ],
)
def test_names_in_an_archive(tmp_path: Path, cache: Cache, name: str, full: str) -> None:
    import tarfile

    write_archive(make_image(cache, "a"), tmp_path / "out.tar", name, no_fetch)
    with tarfile.open(tmp_path / "out.tar") as archive:
        texts = [archive.extractfile(x) for x in ("index.json", "manifest.json")]
        index, manifest = (json.loads(text.read()) for text in texts if text)
    assert index["manifests"][0]["annotations"] == {
        REF_NAME: "1.0",
        "io.containerd.image.name": full,
    }
    assert manifest[0]["RepoTags"] == [name]


def test_an_archive_needs_no_name(tmp_path: Path, cache: Cache) -> None:
    image = make_image(cache, "a")
    write_archive(image, tmp_path / "out.tar", "", no_fetch)
    assert inspect(f"docker-archive:{tmp_path}/out.tar")["Layers"] == [
        x.diff_id for x in image.images[0].layers
    ]


def test_an_archive_holds_one_platform(tmp_path: Path, cache: Cache) -> None:
    with pytest.raises(UserError, match="linux/amd64, linux/arm64") as caught:
        write_archive(two_platforms(cache, "a"), tmp_path / "out.tar", "", no_fetch)
    assert "--oci" in str(caught.value.hint)
    assert not (tmp_path / "out.tar").exists()
