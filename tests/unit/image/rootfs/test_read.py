import gzip
import io
import sys

import pytest
import zstandard

from sparkferry.errors import ExternalError
from sparkferry.image.rootfs.model import RootFs
from sparkferry.image.rootfs.union import read_rootfs
from support.tars import hardlink, member, opener, symlink, tar


def read(*layers: bytes, keep: int = 100) -> RootFs:
    return read_rootfs(map(opener, layers), lambda path, size: keep)


def files(found: RootFs) -> dict[str, bytes]:
    return {path: found.contents[path] for path, x in found.nodes.items() if x.kind == "file"}


def hidden(found: RootFs) -> list[tuple[str, int, int]]:
    return [(x.path, x.node.layer, x.by) for x in found.hidden]


BASE = tar(
    member("etc/", None),
    member("etc/passwd", b"root:x:0:0", mode=0o640, uid=3, gid=4),
    member("var/lib/a/1", b"one"),
    member("var/lib/a/2", b"two"),
)


def test_nodes_say_what_the_tar_says():
    found = read(BASE)
    node = found.nodes["etc/passwd"]
    assert (node.kind, node.mode, node.uid, node.gid, node.size) == ("file", 0o640, 3, 4, 10)
    assert found.text("/etc/passwd") == "root:x:0:0"


def test_parents_that_no_entry_names_are_directories():
    assert read(BASE).nodes["var/lib"].kind == "directory"


def test_only_the_asked_beginning_is_kept():
    found = read_rootfs([opener(BASE)], lambda path, size: 2 if path.startswith("var") else 0)
    assert found.contents == {"var/lib/a/1": b"on", "var/lib/a/2": b"tw"}


@pytest.mark.parametrize(
    "compress",
    [
        gzip.compress,
        zstandard.compress,
        lambda data: b"".join(gzip.compress(data[i : i + 700]) for i in range(0, len(data), 700)),
        lambda data: zstandard.compress(data[:999]) + zstandard.compress(data[999:]),
    ],
    ids=["gzip", "zstd", "members of gzip", "frames of zstd"],
)
def test_compressed_layers_are_read(compress):
    assert read(compress(BASE)) == read(BASE)


def test_a_later_file_replaces():
    found = read(BASE, tar(member("etc/passwd", b"new")))
    assert found.text("etc/passwd") == "new"
    assert hidden(found) == [("etc/passwd", 0, 1)]
    assert found.hidden[0].head == b"root:x:0:0"


def test_a_whiteout_deletes_what_is_below():
    found = read(BASE, tar(member("var/lib/.wh.a")))
    assert list(files(found)) == ["etc/passwd"]
    assert "var/lib/a" not in found.nodes
    assert hidden(found) == [("var/lib/a/1", 0, 1), ("var/lib/a/2", 0, 1)]


def test_a_whiteout_leaves_what_its_own_layer_has():
    found = read(BASE, tar(member("var/lib/a/1", b"new"), member("var/lib/.wh.a")))
    assert files(found) == {"etc/passwd": b"root:x:0:0", "var/lib/a/1": b"new"}


@pytest.mark.parametrize("first", [True, False])
def test_an_opaque_directory_hides_what_is_below(first):
    mark, new = member("var/lib/.wh..wh..opq"), member("var/lib/a/3", b"three")
    found = read(BASE, tar(*([mark, new] if first else [new, mark])))
    assert files(found) == {"etc/passwd": b"root:x:0:0", "var/lib/a/3": b"three"}


def test_a_deleted_file_can_come_back():
    found = read(BASE, tar(member("etc/.wh.passwd")), tar(member("etc/passwd", b"back")))
    assert found.text("etc/passwd") == "back"


def test_notes_of_aufs_are_no_files():
    assert read(BASE, tar(member(".wh..wh.plnk", None))) == read(BASE)


def test_a_file_replaces_a_directory_with_all_in_it():
    found = read(BASE, tar(member("var/lib/a", b"flat")))
    assert files(found) == {"etc/passwd": b"root:x:0:0", "var/lib/a": b"flat"}


def test_a_directory_over_a_directory_changes_its_mode_alone():
    found = read(BASE, tar(member("var/lib/a", None, mode=0o700)))
    assert found.nodes["var/lib/a"].mode == 0o700
    assert files(found) == files(read(BASE))


def test_entries_go_through_links_that_are_there():
    found = read(
        tar(member("usr/bin/", None), symlink("bin", "usr/bin")), tar(member("bin/ps", b"!"))
    )
    assert found.resolve("/bin/ps") == "usr/bin/ps"
    assert found.nodes["usr/bin/ps"].kind == "file"
    assert found.nodes["bin"].kind == "symlink"


def test_a_hard_link_is_its_file():
    found = read(tar(member("a", b"same", mode=0o755)), tar(hardlink("sub/b", "a")))
    node = found.nodes["sub/b"]
    assert (node.kind, node.target, node.size, node.mode) == ("hardlink", "a", 4, 0o755)
    assert found.content("sub/b") == b"same"


def test_a_hard_link_to_nothing_stays_one():
    assert read(tar(hardlink("b", "a"))).nodes["b"].kind == "hardlink"


def test_links_are_followed_inside_of_the_image():
    found = read(
        tar(
            member("opt/real/python", b"!"),
            symlink("usr/bin/python", "../../opt/here/python"),
            symlink("opt/here", "/opt/real"),
            symlink("up", "../../../opt"),
        )
    )
    assert found.resolve("usr/bin/python") == "opt/real/python"
    assert found.resolve("up/here/python") == "opt/real/python"
    assert found.find("opt/here").kind == "directory"


def test_a_circle_of_links_leads_nowhere():
    found = read(tar(symlink("a", "b"), symlink("b", "a")))
    assert found.find("a") is None
    assert found.content("a") is None


def test_what_is_not_there_is_none():
    found = read(BASE)
    assert found.find("etc/shadow") is None
    assert found.text("etc/shadow") == ""


def test_devices_are_neither_files_nor_links():
    assert read(tar(member("dev/null", type=b"3"))).nodes["dev/null"].kind == "other"


def test_an_entry_outside_of_the_image_is_refused():
    with pytest.raises(ExternalError, match=r"`\.\./evil` is outside"):
        read(tar(member("../evil", b"")))


@pytest.mark.parametrize("cut", [30, -4])
def test_a_damaged_layer_is_an_error(cut):
    with pytest.raises(ExternalError, match=r"could not read layer 2 of the image"):
        read(BASE, gzip.compress(BASE)[:cut])


def test_what_is_no_layer_is_an_error():
    with pytest.raises(ExternalError, match=r"could not read layer 1 of the image"):
        read(b"<html>not found</html>" * 100)


def test_without_the_extra_zstd_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(ExternalError, match="zstd") as caught:
        read(zstandard.compress(BASE))
    assert "sparkferry[zstd]" in caught.value.hint


def test_a_stream_that_can_only_be_read_is_enough():
    class OnlyRead(io.RawIOBase):
        data = io.BytesIO(gzip.compress(BASE))

        def readable(self):
            return True

        def read(self, size=-1):
            return self.data.read(min(size, 7))

    assert read_rootfs([OnlyRead], lambda path, size: 100) == read(BASE)
