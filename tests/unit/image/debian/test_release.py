"""Release files: their signature, their name, their time."""

from datetime import UTC, datetime

import pytest

from sparkferry.errors import ExternalError
from sparkferry.image.debian.release import checked_release, index_file
from sparkferry.image.debian.signature import dearmored, signed_text
from support.debian import signing

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
RELEASE = """\
Suite: stable
Codename: trixie
Acquire-By-Hash: yes
Valid-Until: Mon, 01 Jun 2026 12:00:00 UTC
SHA256:
 AB01 12 main/binary-amd64/Packages
 cd02 34 main/binary-amd64/Packages.xz
"""


def test_what_was_signed_is_returned_and_nothing_else(signer):
    document = b"Codename: evil\n\n" + signer.sign("Codename: trixie\n") + b"\nCodename: evil\n"
    assert signed_text(document, [signer.keyring], "x") == "Codename: trixie\n"


def test_an_armored_keyring_serves(signer):
    assert dearmored(signer.armored.read_bytes()) == signer.keyring.read_bytes()
    assert signed_text(signer.sign("a: b\n"), [signer.armored], "x") == "a: b\n"


def test_a_document_that_was_changed(signer):
    document = signer.sign("Codename: trixie\n").replace(b"trixie", b"trixia")
    with pytest.raises(ExternalError, match="changed after it was signed"):
        signed_text(document, [signer.keyring], "trixie/InRelease")


def test_a_document_that_is_not_signed(signer):
    with pytest.raises(ExternalError, match="no known key signed it"):
        signed_text(b"Codename: trixie\n", [signer.keyring], "trixie/InRelease")


def test_a_key_that_is_not_known(signer, tmp_path):
    (tmp_path / "empty.gpg").write_bytes(b"")
    with pytest.raises(ExternalError, match="no known key signed it") as error:
        signed_text(signer.sign("a: b\n"), [tmp_path / "empty.gpg"], "trixie/InRelease")
    assert "keyring" in error.value.hint


def test_a_key_that_has_expired():
    long_ago = ("--faked-system-time=20200101T000000!",)
    with signing(lasts="1d", faked=long_ago) as other:
        document = other.sign("a: b\n")
        with pytest.raises(ExternalError, match="expired or was revoked"):
            signed_text(document, [other.keyring], "x")


def test_one_known_key_of_several_is_enough(signer):
    with signing() as other:
        signer._gpg("--import", stdin=other._gpg("--export-secret-keys"))
        both = ["--local-user", signer.fingerprint, "--local-user", other.fingerprint]
        document = signer._gpg(*both, "--clearsign", stdin=b"a: b\n")
        assert signed_text(document, [signer.keyring], "x") == "a: b\n"
        assert signed_text(document, [other.keyring], "x") == "a: b\n"


def test_a_hash_that_is_not_safe(signer):
    document = signer._gpg("--digest-algo=SHA1", "--clearsign", stdin=b"a: b\n")
    with pytest.raises(ExternalError, match="could not verify"):
        signed_text(document, [signer.keyring], "x")


def test_a_release_is_known_by_codename_or_suite():
    assert checked_release(RELEASE, "trixie", NOW)["suite"] == "stable"
    assert checked_release(RELEASE, "stable", NOW)["codename"] == "trixie"


def test_another_release_is_refused():
    with pytest.raises(ExternalError, match="`bookworm`: the mirror has `trixie` there"):
        checked_release(RELEASE, "bookworm", NOW)


def test_an_expired_release_is_refused():
    with pytest.raises(ExternalError, match="valid until Mon, 01 Jun 2026"):
        checked_release(RELEASE, "trixie", NOW.replace(second=1))


def test_an_index_is_found_by_its_path():
    release = checked_release(RELEASE, "trixie", NOW)
    found = index_file(release, "main/binary-amd64/Packages.xz")
    assert (found.sha256, found.size) == ("cd02", 34)
    assert found.place == "main/binary-amd64/by-hash/SHA256/cd02"
    assert index_file(release, "main/binary-arm64/Packages.xz") is None


def test_an_index_by_path_where_digests_are_not_served():
    release = checked_release(RELEASE.replace("yes", "no"), "trixie", NOW)
    found = index_file(release, "main/binary-amd64/Packages.xz")
    assert found.place == "main/binary-amd64/Packages.xz"
