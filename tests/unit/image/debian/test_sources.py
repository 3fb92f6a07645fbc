"""apt's source lists, and the mirror that is taken from them."""

import pytest

from sparkferry.errors import UserError
from sparkferry.image.debian.mirror import given_mirror, host_mirror
from sparkferry.image.debian.sources import Source, parse_lines, parse_stanzas, read_sources

DEB822 = """\
Types: deb deb-src
# a comment amid the fields
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""
OTHERS = """\
Types: deb
URIs: https://vendor.example/debian/12/prod
Suites: bookworm
Components: main

Types: deb
Enabled: no
URIs: http://old.example/debian
Suites: bookworm
Components: main

Types: deb
URIs: http://signed.example/debian
Suites: bookworm
Components: main
Signed-By: /etc/apt/keyrings/vendor.gpg
"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / "etc/apt/sources.list.d").mkdir(parents=True)
    keys = tmp_path / "usr/share/keyrings"
    keys.mkdir(parents=True)
    (keys / "debian-archive-keyring.gpg").write_bytes(b"keys")
    return tmp_path


def write(root, name, text):
    (root / "etc/apt" / name).write_text(text)


def test_deb822_sources():
    first, second = parse_stanzas(DEB822)
    assert first.uri == "http://mirror.example/debian"
    assert first.suites == ("bookworm", "bookworm-updates")
    assert first.components == ("main", "contrib")
    assert second.suites == ("bookworm-security",)


def test_one_line_sources():
    text = (
        "# deb http://no.example/debian bookworm main\n"
        "deb-src http://no.example/debian bookworm main\n"
        "deb [arch=amd64 signed-by=/a.gpg,/b.gpg] http://m.example/debian trixie main contrib # x\n"
        "deb http://m.example/debian trixie-updates main\n"
    )
    assert list(parse_lines(text)) == [
        Source(
            uri="http://m.example/debian",
            suites=("trixie",),
            components=("main", "contrib"),
            signed_by="/a.gpg /b.gpg",
        ),
        Source(uri="http://m.example/debian", suites=("trixie-updates",), components=("main",)),
    ]


def test_all_files_are_read_in_apts_order(root):
    write(root, "sources.list", "deb http://a.example/debian sid main\n")
    write(root, "sources.list.d/b.sources", DEB822)
    write(root, "sources.list.d/a.list", "deb http://b.example/debian sid main\n")
    write(root, "sources.list.d/a.list.bak", "deb http://c.example/debian sid main\n")
    assert [source.uri.split("/")[2] for source in read_sources(root)] == [
        "a.example", "b.example", "mirror.example", "mirror.example",
    ]  # fmt: skip


def test_the_hosts_mirror(root):
    write(root, "sources.list.d/debian.sources", OTHERS + "\n" + DEB822)
    mirror = host_mirror("bookworm", root=root)
    assert mirror.main == "http://mirror.example/debian"
    assert mirror.address("updates") == "http://mirror.example/debian"
    assert mirror.address("security") == "http://mirror.example/debian-security"
    assert mirror.keyrings == (root / "usr/share/keyrings/debian-archive-keyring.gpg",)


def test_a_suite_that_the_host_does_not_use_is_on_the_same_mirror(root):
    write(root, "sources.list.d/debian.sources", DEB822)
    assert host_mirror("trixie", root=root) == host_mirror("bookworm", root=root)


def test_the_wanted_suite_comes_first(root):
    write(
        root,
        "sources.list",
        "deb http://a.example/debian bookworm main\ndeb http://b.example/debian/ trixie main\n",
    )
    mirror = host_mirror("trixie", root=root)
    assert mirror.address("main") == "http://b.example/debian"
    assert mirror.security is None
    assert mirror.address("security") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "deb http://m.example/debian noble main\n",
        "deb http://m.example/debian bookworm contrib\n",
        "deb cdrom:[Debian]/ bookworm main\n",
    ],
)
def test_a_host_without_a_mirror(root, text):
    write(root, "sources.list", text)
    with pytest.raises(UserError, match="mirror of Debian for `trixie`") as error:
        host_mirror("trixie", root=root)
    assert "set `mirror`" in error.value.hint


def test_others_that_use_the_names_of_suites_are_not_debian(root):
    write(root, "sources.list.d/x.sources", OTHERS)
    with pytest.raises(UserError, match="mirror of Debian"):
        host_mirror("bookworm", root=root)


def test_a_mirror_that_is_given(root):
    mirror = given_mirror("https://m.example/debian/", root=root)
    assert mirror.address("main") == "https://m.example/debian"
    assert mirror.keyrings[0].name == "debian-archive-keyring.gpg"


def test_an_address_that_is_none(root):
    with pytest.raises(UserError, match="does not begin with http"):
        given_mirror("m.example/debian", root=root)


def test_a_keyring_that_is_given(root, tmp_path):
    own = tmp_path / "own.gpg"
    own.write_bytes(b"keys")
    write(root, "sources.list.d/debian.sources", DEB822)
    assert given_mirror("https://m.example/debian", keyring=own).keyrings == (own,)
    assert host_mirror("trixie", own, root).keyrings == (own,)


def test_no_keyring(root):
    with pytest.raises(UserError, match="keys of Debian") as error:
        given_mirror("https://m.example/debian", root=root / "elsewhere")
    assert "debian-archive-keyring" in error.value.hint
