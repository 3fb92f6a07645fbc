"""Packages that dpkg-deb makes, and those that it would refuse to make."""

import gzip
import lzma
import os
import subprocess
import tarfile

import pytest

from sparkferry.errors import ExternalError
from sparkferry.image.debian.contents import contents_of, read_contents
from sparkferry.image.debian.deb import opened
from sparkferry.image.debian.entries import entries_of, read_entries
from sparkferry.image.debian.paths import LEFT_OUT, clean, is_left_out, merged
from support.debian import member, raw_ar, raw_deb, raw_tar
from support.elves import make_elf

FILES = {
    "bin/tool": ("mode", 0o4755, "#!/bin/sh\n"),
    "usr/lib/x/data": "data",
    "usr/bin/alias": ("link", "../../bin/tool"),
    "usr/share/doc/tool/copyright": "licence",
    "usr/share/doc/tool/changelog.gz": "changes",
    "usr/share/man/man1/tool.1.gz": "manual",
    "usr/share/locale/de/LC_MESSAGES/tool.mo": "deutsch",
    "usr/share/locale/en_GB/LC_MESSAGES/tool.mo": "english",
    "etc/ld.so.conf.d/tool.conf": "/usr/lib/x\n",
}


@pytest.fixture
def tool(deb):
    return deb("tool", FILES, scripts={"postinst": "#!/bin/sh\nexit 0\n"}, depends="libc6")


def test_files_with_modes_and_owners_below_usr(tool):
    found = {entry.path: entry for entry in entries_of(tool)}
    assert found["usr/bin/tool"].mode == 0o4755
    assert (found["usr/bin/tool"].uid, found["usr/bin/tool"].gid) == (0, 0)
    assert found["usr/bin/tool"].content == b"#!/bin/sh\n"
    assert found["usr/bin/alias"].kind == "symlink"
    assert found["usr/bin/alias"].target == "../../bin/tool"
    assert "bin/tool" not in found


def test_entries_come_in_the_archives_order_without_directories(tool):
    listed = subprocess.run(["dpkg-deb", "-c", tool], check=True, capture_output=True, text=True)
    names = [line.split()[5].removeprefix("./") for line in listed.stdout.splitlines()]
    expected = [merged(name) for name in names if name and not name.endswith("/")]
    assert [entry.path for entry in entries_of(tool)] == [
        path for path in expected if not is_left_out(path)
    ]


def test_paths_of_others_are_left_to_them(tool):
    paths = {entry.path for entry in entries_of(tool, {"usr/bin/tool"})}
    assert "usr/bin/tool" not in paths
    assert "usr/bin/alias" in paths


def test_directories_are_read_too(tool):
    found = {entry.path for entry in read_entries(tool) if entry.kind == "directory"}
    assert {"usr", "usr/bin", "usr/lib/x", "usr/share/doc/tool"} <= found
    assert not {"bin", "usr/share/man", "usr/share/locale/de", ""} & found


def test_hard_links(tmp_path):
    path = raw_deb(
        tmp_path / "a.deb",
        [
            (member("./bin/a"), b"program"),
            (member("./bin/b", tarfile.LNKTYPE, "./bin/a"), b""),
            (member("./usr/share/man/a"), b"manual"),
            (member("./usr/lib/a.txt", tarfile.LNKTYPE, "./usr/share/man/a"), b""),
        ],
    )
    first, second, third = entries_of(path)
    assert (first.path, first.kind) == ("usr/bin/a", "file")
    assert (second.kind, second.target) == ("hardlink", "usr/bin/a")
    assert (third.path, third.kind, third.content) == ("usr/lib/a.txt", "file", b"manual")


def test_hard_links_to_links_that_are_left_out(tmp_path):
    path = raw_deb(
        tmp_path / "a.deb",
        [
            (member("./usr/share/man/a"), b"manual"),
            (member("./usr/share/man/b", tarfile.LNKTYPE, "./usr/share/man/a"), b""),
            (member("./usr/lib/tool"), b"program"),
            (member("./usr/share/man/tool", tarfile.LNKTYPE, "./usr/lib/tool"), b""),
            (member("./usr/lib/b", tarfile.LNKTYPE, "./usr/share/man/b"), b""),
            (member("./usr/lib/tool2", tarfile.LNKTYPE, "./usr/share/man/tool"), b""),
        ],
    )
    found = {entry.path: (entry.kind, entry.content) for entry in entries_of(path)}
    assert found == {
        "usr/lib/tool": ("file", b"program"),
        "usr/lib/b": ("file", b"manual"),
        "usr/lib/tool2": ("file", b"program"),
    }


def test_a_hard_link_to_what_is_left_out_and_no_file_is_refused(tmp_path):
    path = raw_deb(
        tmp_path / "a.deb",
        [
            (member("./usr/share/man/a", tarfile.SYMTYPE, "b"), b""),
            (member("./usr/lib/a", tarfile.LNKTYPE, "./usr/share/man/a"), b""),
        ],
    )
    with pytest.raises(ExternalError, match="leads to `usr/share/man/a`, which is not there"):
        list(entries_of(path))


@pytest.mark.parametrize("between", [b"", bytes(8)])
def test_an_archive_in_several_xz_streams(tmp_path, between):
    data = raw_tar([(member("./a"), os.urandom(5_000)), (member("./b"), b"2")])
    streams = [lzma.compress(data[start : start + 3_000]) for start in range(0, len(data), 3_000)]
    parts = {"debian-binary": b"2.0\n", "data.tar.xz": between.join(streams)}
    (tmp_path / "a.deb").write_bytes(raw_ar(parts))
    assert [entry.path for entry in entries_of(tmp_path / "a.deb")] == ["a", "b"]


@pytest.mark.parametrize(
    ("info", "reason"),
    [
        (member("../etc/passwd"), "leads out"),
        (member("./usr/../../x"), "leads out"),
        (member("/etc/passwd"), "leads out"),
        (member("./dev/null", tarfile.CHRTYPE), "neither a file nor"),
        (member("./run/pipe", tarfile.FIFOTYPE), "neither a file nor"),
        (member("./a", tarfile.LNKTYPE, "../../etc/passwd"), "leads out"),
    ],
)
def test_what_is_dangerous_is_refused(tmp_path, info, reason):
    path = raw_deb(tmp_path / "bad.deb", [(info, b"")])
    with pytest.raises(ExternalError, match=reason) as error:
        list(entries_of(path))
    assert "could not read `bad.deb`" in error.value.message


@pytest.mark.parametrize("kind", [".tar", ".tar.gz", ".tar.xz"])
def test_compressions(tmp_path, kind):
    pack = {".tar": bytes, ".tar.gz": gzip.compress, ".tar.xz": lzma.compress}[kind]
    parts = {
        "debian-binary": b"2.0\n",
        "control.tar": raw_tar([(member("./control"), b"Package: a\n")]),
        f"data{kind}": pack(raw_tar([(member("./a"), b"1")])),
    }
    (tmp_path / "a.deb").write_bytes(raw_ar(parts))
    assert [entry.path for entry in entries_of(tmp_path / "a.deb")] == ["a"]


def damaged_packages():
    good = raw_ar({"debian-binary": b"2.0\n", "data.tar.xz": b"not xz"})
    return {
        "no package": b"hello",
        "no ar": b"!<arch>\n" + b"x" * 60,
        "cut off": good[:-3],
        "no data": raw_ar({"debian-binary": b"2.0\n"}),
        "another format": raw_ar({"debian-binary": b"3.0\n", "data.tar": b""}),
        "no version": raw_ar({"data.tar": b""}),
        "no xz": good,
        "no gzip": raw_ar({"debian-binary": b"2.0\n", "data.tar.gz": b"not gzip"}),
        "zstd": raw_ar({"debian-binary": b"2.0\n", "data.tar.zst": b""}),
        "no size": good.replace(b"4         `", b"four      `", 1),
    }


@pytest.mark.parametrize("what", damaged_packages())
def test_what_is_damaged_is_refused(tmp_path, what):
    path = tmp_path / "a.deb"
    path.write_bytes(damaged_packages()[what])
    with (
        pytest.raises(ExternalError, match=r"could not read `a.deb`"),
        opened(path, "data") as archive,
    ):
        archive.getmembers()


@pytest.mark.parametrize(("ending", "pack"), [("gz", gzip.compress), ("xz", lzma.compress)])
def test_a_package_that_is_cut_off_within_a_file(tmp_path, ending, pack):
    whole = pack(raw_tar([(member("./a"), os.urandom(9999))]))
    parts = {"debian-binary": b"2.0\n", f"data.tar.{ending}": whole[:5000]}
    (tmp_path / "a.deb").write_bytes(raw_ar(parts))
    with pytest.raises(ExternalError, match="could not read"):
        list(entries_of(tmp_path / "a.deb"))


def test_contents(tool):
    found = read_contents(tool)
    assert found.fields["package"] == "tool"
    assert found.scripts == {"postinst": "#!/bin/sh\nexit 0\n"}
    assert found.kept == {"etc/ld.so.conf.d/tool.conf": b"/usr/lib/x\n"}
    assert found.links == {"usr/bin/alias": "../../bin/tool"}
    assert "usr/bin/tool" in found.files
    assert found.size == sum(
        len(text) for text in ("#!/bin/sh\n", "data", "licence", "english", "/usr/lib/x\n")
    )
    assert ("usr/lib/x", 0o755, 0, 0) in [(d.path, d.mode, d.uid, d.gid) for d in found.directories]


def test_contents_are_read_once(tmp_path, tool, cache):
    first = contents_of(tool, "00", cache)
    tool.unlink()
    assert contents_of(tool, "00", cache) == first


def test_libraries_have_their_names(deb):
    data = make_elf(needed=("libc.so.6",), soname="libx.so.6")
    path = deb("lib", {"usr/lib/libx.so.6.1": data, "usr/lib/libscript.so": "INPUT(x)\n"})
    assert read_contents(path).libraries == {"usr/lib/libx.so.6.1": "libx.so.6"}


@pytest.mark.parametrize(
    ("path", "directory", "expected"),
    [
        ("bin/sh", False, "usr/bin/sh"),
        ("lib64/ld.so", False, "usr/lib64/ld.so"),
        ("bin", True, "usr/bin"),
        ("bin", False, "bin"),
        ("binary/x", False, "binary/x"),
        ("usr/bin/sh", False, "usr/bin/sh"),
    ],
)
def test_aliases(path, directory, expected):
    assert merged(path, directory=directory) == expected


@pytest.mark.parametrize(
    ("path", "left_out"),
    [
        ("usr/share/doc/tini/copyright", False),
        ("usr/share/doc/tini", False),
        ("usr/share/doc/tini/README", True),
        ("usr/share/doc/tini/examples/copyright", True),
        ("usr/share/man", True),
        ("usr/share/man/man1/a.1.gz", True),
        ("usr/share/manual", False),
        ("usr/share/locale", False),
        ("usr/share/locale/locale.alias", False),
        ("usr/share/locale/en", False),
        ("usr/share/locale/en@quot/LC_MESSAGES/a.mo", False),
        ("usr/share/locale/eno/LC_MESSAGES/a.mo", True),
        ("usr/share/locale/de/LC_MESSAGES/a.mo", True),
        ("usr/lib/locale/C.utf8/LC_CTYPE", False),
    ],
)
def test_left_out(path, left_out):
    assert is_left_out(path) == left_out
    assert all(LEFT_OUT.values())


def test_clean_paths():
    assert clean("./usr//bin/./x") == "usr/bin/x"
    assert clean("./") == ""
    with pytest.raises(ValueError, match="leads out"):
        clean("a\0b")
