import io
import os
import tarfile
import zipfile

import pytest

from sparkferry.errors import ExternalError
from sparkferry.files import sha256_file
from sparkferry.layers.driver import driver_environment
from sparkferry.layers.model import Layer
from sparkferry.layers.unpacked import unpacked

BIG = os.urandom(3 << 20)


def as_layer(kind, path):
    return Layer(kind=kind, digest=sha256_file(path), size=path.stat().st_size, path=path)


@pytest.fixture
def tarball(tmp_path):
    def write(*members):
        path = tmp_path / "python.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            for name, content, what in members:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                for key, value in what.items():
                    setattr(info, key, value)
                archive.addfile(info, io.BytesIO(content))
        return as_layer("interpreter", path)

    return write


@pytest.fixture
def zipped(tmp_path):
    def write(*members, name="packages.zip"):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w") as archive:
            for member, content, mode, method in members:
                info = zipfile.ZipInfo(member)
                info.external_attr = (0o100000 | mode) << 16
                info.compress_type = method
                info.extra = b"\xfe\xca\0\0"
                archive.writestr(info, content)
        return as_layer("packages", path)

    return write


def link(target):
    return {"type": tarfile.SYMTYPE, "linkname": target}


def test_tarball_keeps_exec_bits_and_links(tarball, cache):
    layer = tarball(
        ("bin/python3.12", b"\x7fELF", {"mode": 0o755}),
        ("bin/python3", b"", link("python3.12")),
        ("lib/python3.12/os.py", BIG, {"mode": 0o644}),
        ("bin/library", b"", link("../lib")),
    )

    place = unpacked(layer, cache)

    assert os.access(place / "bin/python3", os.X_OK)
    assert (place / "bin/python3").readlink().name == "python3.12"
    assert (place / "lib/python3.12/os.py").read_bytes() == BIG
    assert not os.access(place / "lib/python3.12/os.py", os.X_OK)


def test_zip_keeps_exec_bits(zipped, cache):
    layer = zipped(
        ("numpy/core.so", BIG, 0o644, zipfile.ZIP_DEFLATED),
        ("numpy/text.py", b"x = 1\n" * 99999, 0o644, zipfile.ZIP_DEFLATED),
        ("bin/tool", b"#!/bin/sh\n", 0o755, zipfile.ZIP_STORED),
        ("empty/", b"", 0o755, zipfile.ZIP_STORED),
        ("numpy/nothing", b"", 0o644, zipfile.ZIP_DEFLATED),
    )

    place = unpacked(layer, cache)

    assert (place / "numpy/core.so").read_bytes() == BIG
    assert (place / "numpy/text.py").read_bytes() == b"x = 1\n" * 99999
    assert (place / "numpy/nothing").read_bytes() == b""
    assert os.access(place / "bin/tool", os.X_OK)
    assert not os.access(place / "numpy/core.so", os.X_OK)


def test_unpacks_once(zipped, cache):
    layer = zipped(("a", b"a", 0o644, zipfile.ZIP_STORED))
    place = unpacked(layer, cache)

    layer.path.unlink()

    assert unpacked(layer, cache) == place


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "a/./b"])
def test_names_that_lead_out_are_refused(tarball, zipped, cache, name):
    for layer in (
        tarball((name, b"x", {})),
        zipped((name, b"x", 0o644, zipfile.ZIP_STORED)),
    ):
        with pytest.raises(ExternalError, match="could not unpack"):
            unpacked(layer, cache)

    assert not list(cache.root.glob("unpacked/*"))
    assert not list(cache.root.parent.rglob("evil"))


@pytest.mark.parametrize("target", ["/etc/passwd", "../../outside"])
def test_links_that_lead_out_are_refused(tarball, cache, target):
    with pytest.raises(ExternalError, match="leads out of the directory"):
        unpacked(tarball(("bin/python3", b"", link(target))), cache)


def test_file_written_through_a_link_of_the_same_archive_stays_inside(tarball, cache):
    layer = tarball(("a/deep/file", b"1", {}), ("b", b"", link("a")), ("b/deep/file", b"2", {}))

    with pytest.raises(ExternalError, match="could not unpack"):
        unpacked(layer, cache)


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.LNKTYPE])
def test_what_is_neither_a_file_nor_a_link_is_refused(tarball, cache, kind):
    with pytest.raises(ExternalError, match="neither a file nor a link"):
        unpacked(tarball(("odd", b"", {"type": kind, "linkname": "x"})), cache)


def test_truncated_tarball_is_damaged(tarball, cache):
    layer = tarball(("os.py", BIG, {}))
    os.truncate(layer.path, layer.size // 2)

    with pytest.raises(ExternalError, match="could not unpack") as it:
        unpacked(layer, cache)

    assert "pack again" in it.value.hint


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_zip_with_changed_bytes_is_damaged(zipped, cache, method):
    layer = zipped(("a/big", b"some text " * 5000, 0o644, method))
    data = bytearray(layer.path.read_bytes())
    data[60] ^= 0xFF
    layer.path.write_bytes(data)

    with pytest.raises(ExternalError, match="could not unpack"):
        unpacked(layer, cache)


def test_text_in_place_of_an_archive_is_damaged(tmp_path, cache):
    for kind, name in (("interpreter", "python.tar.gz"), ("packages", "packages.zip")):
        (tmp_path / name).write_text("not an archive")
        with pytest.raises(ExternalError, match="could not unpack"):
            unpacked(as_layer(kind, tmp_path / name), cache)


def test_driver_gets_the_layers_side_by_side(tarball, zipped, cache, tmp_path):
    layers = (
        tarball(("bin/python3", b"", {"mode": 0o755})),
        zipped(("numpy.py", b"", 0o644, zipfile.ZIP_STORED)),
    )

    driver_environment(layers, tmp_path / "run/environment", cache)

    assert os.access(tmp_path / "run/environment/python/bin/python3", os.X_OK)
    assert (tmp_path / "run/environment/packages/numpy.py").is_file()
    assert not (tmp_path / "run/environment/code").exists()
