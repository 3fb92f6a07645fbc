"""The loader's cache; glibc's own ldconfig judges it."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparkferry.image.debian.configure.ld_so_cache import (
    Library,
    ld_so_cache,
    name_key,
    read_cache,
    search_path,
    write_cache,
)
from support.elves import ARM64, make_elf

MULTIARCH = "# Multiarch\n/usr/local/lib/x86_64-linux-gnu\n/lib/x86_64-linux-gnu\n/usr/lib/x86_64-linux-gnu\n"
LIBC = (
    "libc6",
    {
        "etc/ld.so.conf": "include /etc/ld.so.conf.d/*.conf\n",
        "etc/ld.so.conf.d/x86_64-linux-gnu.conf": MULTIARCH,
        "lib/x86_64-linux-gnu/libc.so.6": make_elf(soname="libc.so.6"),
        "lib/x86_64-linux-gnu/libz.so.1.2": make_elf(soname="libz.so.1"),
        "lib/x86_64-linux-gnu/libz.so.1": ("link", "libz.so.1.2"),
        "lib/x86_64-linux-gnu/libz.so.10": make_elf(soname="libz.so.10"),
        "lib/x86_64-linux-gnu/plain.txt": "no library",
    },
)
FAKEROOT = (
    "libfakeroot",
    {
        "etc/ld.so.conf.d/fakeroot.conf": "/usr/lib/x86_64-linux-gnu/libfakeroot/\n",
        "usr/lib/x86_64-linux-gnu/libfakeroot/libfakeroot-0.so": make_elf(
            soname="libfakeroot-0.so"
        ),
        "usr/lib/x86_64-linux-gnu/libfakeroot/libz.so.1": make_elf(soname="libz.so.1"),
    },
)


def listed(cache, tmp_path):
    """What ldconfig reads in a cache: name and path of each library, in order."""
    path = tmp_path / "ld.so.cache"
    path.write_bytes(cache)
    argv = ["/usr/sbin/ldconfig", "-p", "-C", path]
    lines = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.splitlines()
    return [line.strip() for line in lines if "=>" in line]


def test_ldconfig_reads_it(unpacked, tree, tmp_path):
    found = tree(ld_so_cache(unpacked(LIBC, FAKEROOT)))
    multiarch = "/lib/x86_64-linux-gnu"
    own = "/usr/lib/x86_64-linux-gnu/libfakeroot"
    assert listed(found["etc/ld.so.cache"].content, tmp_path) == [
        f"libz.so.10 (libc6,x86-64) => {multiarch}/libz.so.10",
        f"libz.so.1 (libc6,x86-64) => {own}/libz.so.1",
        f"libz.so.1 (libc6,x86-64) => {multiarch}/libz.so.1",
        f"libfakeroot-0.so (libc6,x86-64) => {own}/libfakeroot-0.so",
        f"libc.so.6 (libc6,x86-64) => {multiarch}/libc.so.6",
    ]


def test_ldconfig_itself_lists_the_same(unpacked, tree, tmp_path):
    root = tmp_path / "root"
    for name in ("lib", "sbin"):
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    packages = [(name, files, {"version": "1"}) for name, files in (LIBC, FAKEROOT)]
    what = unpacked(*packages)
    for deb in tmp_path.glob("*.deb"):
        unpack = ["dpkg-deb", "--fsys-tarfile", deb]
        tar = subprocess.run(unpack, check=True, capture_output=True).stdout
        argv = ["tar", "-x", "--keep-directory-symlink", "--no-same-owner", "-C", root]
        subprocess.run(argv, check=True, input=tar)
    argv = ["/usr/sbin/ldconfig", "-r", root, "-X"]
    subprocess.run(argv, check=True, capture_output=True)
    theirs = listed((root / "etc/ld.so.cache").read_bytes(), tmp_path)
    assert listed(tree(ld_so_cache(what))["etc/ld.so.cache"].content, tmp_path) == theirs


def test_the_bases_libraries_stay(unpacked, tree, tmp_path):
    base = write_cache(
        [
            Library(name="libold.so.1", path="/lib/x86_64-linux-gnu/libold.so.1", flags=0x303),
            Library(name="libc.so.6", path="/lib/x86_64-linux-gnu/libc.so.6", flags=0x303),
        ]
    )
    conf = {"etc/ld.so.conf.d/base.conf": b"/opt/lib\n", "etc/ld.so.cache": base}
    found = listed(
        tree(ld_so_cache(unpacked(LIBC, base=conf)))["etc/ld.so.cache"].content, tmp_path
    )
    assert len(found) == 4
    assert found[2] == "libold.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/libold.so.1"


def test_arm64(unpacked, tree, tmp_path):
    files = {"usr/lib/libx.so.1": make_elf(machine=ARM64, soname="libx.so.1")}
    found = tree(ld_so_cache(unpacked(("libx", files), architecture="arm64")))
    assert listed(found["etc/ld.so.cache"].content, tmp_path) == [
        "libx.so.1 (libc6,AArch64) => /lib/libx.so.1"
    ]


def test_without_libraries_there_is_none(unpacked, tree):
    assert tree(ld_so_cache(unpacked(("a", {"usr/bin/a": "a"})))) == {}


def test_a_library_without_the_link_of_its_name_is_listed_by_its_file(unpacked, tree):
    files = {"usr/lib/libx.so": make_elf(soname="libx.so.1"), "usr/lib/liby.so": make_elf()}
    found = tree(ld_so_cache(unpacked(("libx", files))))
    paths = [item.path for item in read_cache(found["etc/ld.so.cache"].content)]
    assert paths == ["/lib/liby.so", "/lib/libx.so"]


def test_the_search_path(unpacked):
    files = {
        "etc/ld.so.conf": "# first\n/opt/a/ # why\ninclude /etc/ld.so.conf.d/*.conf\nhwcap 1 x\n",
        "etc/ld.so.conf.d/b.conf": "/opt/b\n",
        "etc/ld.so.conf.d/a.txt": "/opt/no\n",
    }
    assert search_path(unpacked(("x", files))) == ("/opt/a", "/opt/b", "/lib", "/usr/lib")


@pytest.mark.parametrize("data", [b"", b"ld.so-1.7.0" + b"\0" * 80])
def test_other_caches_are_passed_over(data):
    assert list(read_cache(data)) == []


@given(st.lists(st.from_regex(r"lib[a-z0-9.]{0,8}", fullmatch=True), unique=True, max_size=8))
def test_what_is_written_is_read(names):
    rows = [Library(name=name, path=f"/lib/{name}", flags=0x303) for name in names]
    found = list(read_cache(write_cache(rows)))
    assert sorted(item.path for item in found) == sorted(item.path for item in rows)
    keys = [name_key(item.name) for item in found]
    assert keys == sorted(keys, reverse=True)
