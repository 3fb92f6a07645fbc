"""From locked packages to pieces of layers."""

from datetime import UTC, datetime

import pytest

from sparkferry.errors import UserError
from sparkferry.image.debian.archives import Archives
from sparkferry.image.debian.configure.unpacked import Account, is_wanted_of_base
from sparkferry.image.debian.model import PackageRequest
from sparkferry.image.debian.resolver import resolve
from sparkferry.image.debian.root import Setup, debian_root
from sparkferry.progress import QUIET

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SPARK = Account(name="spark", uid=1099, gid=1099, home="/home/spark")


@pytest.fixture
def build(archive, mirror, cache):
    """Publish packages, lock all of them, and return what becomes of them."""

    def make(*debs, setup=None):
        archive.publish("bookworm", debs)
        for ending in ("updates", "security"):
            archive.publish(f"bookworm-{ending}", [])
        indices = Archives(mirror, cache, QUIET, NOW).indices("bookworm", "amd64")
        seeds = tuple(path.name.partition("_")[0] for path in debs)
        lock = resolve(PackageRequest(suite="bookworm", architecture="amd64", seeds=seeds), indices)
        return debian_root(lock, setup or Setup(), mirror, cache, QUIET)

    return make


def all_entries(root):
    packages = [entry for package in root.packages for entry in package.entries()]
    return [*root.directories, *packages, *root.configuration]


def test_each_path_is_named_once(build, deb):
    root = build(
        deb("base-files", {"bin/": "", "var/run/": "", "usr/share/x": "x"}),
        deb("tool", {"bin/tool": "tool", "usr/share/y": "y"}),
        setup=Setup(accounts=(SPARK,)),
    )
    paths = [entry.path for entry in all_entries(root)]
    assert len(paths) == len(set(paths))
    found = {entry.path: entry for entry in all_entries(root)}
    assert found["bin"].kind == "symlink"
    assert found["usr/bin"].kind == "directory"
    assert found["var/run"].kind == "symlink"
    assert found["usr/bin/tool"].content == b"tool"
    assert found["home/spark"].uid == 1099
    assert [entry.path for entry in root.configuration] == sorted(
        entry.path for entry in root.configuration
    )


def test_the_same_packages_give_the_same_values(build, deb):
    debs = (deb("a", {"usr/a": "a"}), deb("b", {"usr/b": "b"}))
    assert build(*debs) == build(*debs)


def test_a_file_that_another_package_replaces(build, deb):
    root = build(
        deb("a", {"usr/shared": "old", "usr/a": "a"}),
        deb("b", {"usr/shared": "new"}, replaces="a (<< 2)"),
    )
    assert [package.without for package in root.packages] == [("usr/shared",), ()]
    found = {entry.path: entry for entry in all_entries(root)}
    assert found["usr/shared"].content == b"new"


def test_a_replacing_package_that_comes_first(build, deb):
    root = build(
        deb("a", {"usr/shared": "new"}, replaces="b"),
        deb("b", {"usr/shared": "old", "usr/b": "b"}),
    )
    assert [package.without for package in root.packages] == [(), ("usr/shared",)]


def test_a_file_that_the_configuration_makes(build, deb):
    root = build(deb("tzdata", {"etc/timezone": "Mars\n", "usr/share/zoneinfo/Etc/UTC": "utc"}))
    assert root.packages[0].without == ("etc/timezone",)
    assert [e.content for e in all_entries(root) if e.path == "etc/timezone"] == [b"Etc/UTC\n"]


def test_files_of_one_path(build, deb):
    with pytest.raises(UserError, match="`b` and `a` into one image: both have `/usr/shared`"):
        build(deb("a", {"usr/shared": "1"}), deb("b", {"usr/shared": "2"}))


def test_a_directory_where_another_has_a_link(build, deb):
    with pytest.raises(UserError, match="both have `/usr/x`"):
        build(deb("a", {"usr/x/file": "1"}), deb("b", {"usr/x": ("link", "y")}))


def test_scripts_that_were_not_run_are_told(build, deb):
    root = build(deb("a", {"usr/a": "a"}, scripts={"postinst": "#!/bin/sh\nadduser a\n"}))
    assert len(root.warnings) == 1
    assert "`a`" in root.warnings[0]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("etc/passwd", True),
        ("etc/ld.so.conf.d/x.conf", True),
        ("var/lib/dpkg/status.d/tini", True),
        ("etc/hosts", False),
        ("usr/bin/bash", False),
    ],
)
def test_what_is_wanted_of_a_base(path, wanted):
    assert is_wanted_of_base(path) == wanted
