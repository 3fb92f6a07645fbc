"""What the base's own packages set up, and the register of packages."""

from sparkferry.image.debian.configure.status import status
from sparkferry.image.debian.configure.system import system

BASE_FILES = (
    "base-files",
    {
        "usr/share/base-files/dot.profile": "profile",
        "usr/share/base-files/dot.bashrc": "bashrc",
        "usr/share/base-files/profile": "etc profile",
        "usr/share/base-files/motd": "motd",
    },
)


def test_links_below_usr_where_base_files_has_none(unpacked, tree):
    found = tree(system(unpacked(BASE_FILES)))
    assert {name: found[name].target for name in ("bin", "sbin", "lib", "lib64")} == {
        "bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib", "lib64": "usr/lib64",
    }  # fmt: skip
    assert "lib64" not in tree(system(unpacked(architecture="arm64")))


def test_links_of_base_files_itself_are_not_made_again(unpacked, tree):
    name, files = BASE_FILES
    found = tree(system(unpacked((name, {**files, "bin": ("link", "usr/bin")}))))
    assert "bin" not in found
    assert "sbin" in found


def test_directories_and_defaults(unpacked, tree):
    found = tree(system(unpacked(BASE_FILES)))
    assert found["root/.profile"].content == b"profile"
    assert found["etc/profile"].content == b"etc profile"
    assert (found["var/mail"].mode, found["var/mail"].gid) == (0o2775, 8)
    assert found["run/lock"].mode == 0o1777
    assert found["var/run"].target == "/run"


def test_upon_a_base_nothing_of_it_is_made_again(unpacked, tree):
    assert tree(system(unpacked(("tini", {"usr/bin/tini": "tini"})))) == {}


def test_time_zone_names_and_java(unpacked, tree):
    found = tree(
        system(
            unpacked(
                ("tzdata", {"usr/share/zoneinfo/Etc/UTC": "utc"}),
                ("libc-bin", {"usr/share/libc-bin/nsswitch.conf": "hosts: files dns\n"}),
                ("openjdk-21-jre-headless", {"usr/lib/jvm/x": "x"}),
            )
        )
    )
    assert found["etc/localtime"].target == "/usr/share/zoneinfo/Etc/UTC"
    assert found["etc/timezone"].content == b"Etc/UTC\n"
    assert found["etc/nsswitch.conf"].content == b"hosts: files dns\n"
    assert found["etc/.java/.systemPrefs/.systemRootModFile"].content == b""


def test_shells_by_both_of_their_paths(unpacked, tree):
    shells = ("debianutils", {"usr/share/debianutils/shells": "# shells\n/bin/sh\n"})
    bash = ("bash", {"usr/share/debianutils/shells.d/bash": "/bin/bash\n"})
    found = tree(system(unpacked(shells, bash)))
    expected = b"# shells\n/bin/sh\n/usr/bin/sh\n/bin/bash\n/usr/bin/bash\n"
    assert found["etc/shells"].content == expected
    base = {"etc/shells": b"# own\n/bin/own\n"}
    found = tree(system(unpacked(bash, base=base)))
    assert found["etc/shells"].content == base["etc/shells"] + b"/bin/bash\n/usr/bin/bash\n"
    assert tree(system(unpacked(bash, base={"etc/shells": expected}))) == {}


def test_the_register_of_packages(unpacked, tree):
    files = {"bin/tool": "tool", "usr/share/man/man1/tool.1": "manual"}
    found = tree(status(unpacked(("tool", files, {"depends": "libc6"}))))
    stanza = found["var/lib/dpkg/status.d/tool"].content.decode()
    assert "Package: tool\nStatus: install ok installed\n" in stanza
    assert "Version: 1.0\n" in stanza
    assert "Depends: libc6\n" in stanza
    assert found["var/lib/dpkg/status.d/tool.md5sums"].content == b""
    assert "var/lib/dpkg/status" not in found


def test_checksums_of_what_is_in_the_image(unpacked, tree):
    what = unpacked(("tool", {"bin/tool": "tool", "usr/share/man/a": "manual"}))
    contents = what.packages["tool"]
    sums = "a1  bin/tool\nb2  usr/share/man/a\n"
    from msgspec.structs import replace

    what = replace(what, packages={"tool": replace(contents, md5sums=sums)})
    found = tree(status(what))
    assert found["var/lib/dpkg/status.d/tool.md5sums"].content == b"a1  usr/bin/tool\n"


def test_the_bases_register_loses_what_ours_takes_the_place_of(unpacked, tree):
    base = b"Package: a\nVersion: 1\n\nPackage: b\nVersion: 1\n\n"
    found = tree(status(unpacked(("a", {"usr/a": "a"}), base={"var/lib/dpkg/status": base})))
    assert found["var/lib/dpkg/status"].content == b"Package: b\nVersion: 1\n\n"
    found = tree(status(unpacked(("c", {"usr/c": "c"}), base={"var/lib/dpkg/status": base})))
    assert "var/lib/dpkg/status" not in found
