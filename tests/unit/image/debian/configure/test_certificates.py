"""Certificates that openssl made; Java's keytool and openssl judge what we write."""

import shutil
import subprocess

import pytest

from sparkferry.image.debian.configure.certificates import certificates, decode_pem, write_keystore
from sparkferry.image.debian.configure.subject import subject_hash

SUBJECTS = [
    "/C=DE/O=  Two  Words /CN=Test Root",
    "/C=US/CN=\\C3\\84\\C3\\96 Umlaut CA",
    "/O=Many/OU=a+OU=B/CN=x/emailAddress=a@Example.ORG",
]  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """PEM files by number, of the subjects above."""
    directory = tmp_path_factory.mktemp("certificates")
    found = []
    for number, subject in enumerate(SUBJECTS):
        path = directory / f"{number}.crt"
        argv = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        argv += ["-nodes", "-keyout", "/dev/null", "-utf8", "-multivalue-rdn", "-days", "3650"]
        subprocess.run([*argv, "-subj", subject, "-out", path], check=True, capture_output=True)
        found.append(path)
    return found


def package(made):
    names = ["Test_Root.crt", "A (b), c.crt", "Third.crt"]
    files = {
        f"usr/share/ca-certificates/own/{name}": path.read_text()
        for name, path in zip(names, made, strict=True)
    }
    return ("ca-certificates", files)


def openssl_hash(path):
    argv = ["openssl", "x509", "-in", path, "-noout", "-subject_hash"]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()


def test_hashes_are_openssls(made):
    for path in made:
        (certificate,) = decode_pem(path.read_bytes())
        assert subject_hash(certificate) == openssl_hash(path)


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"\x30\x02\x30\x00", b"\x30\x05\x30"])
def test_what_is_no_certificate_has_no_hash(data):
    with pytest.raises(ValueError, match="not"):
        subject_hash(data)


def test_bundle_and_links(unpacked, tree, made):
    found = tree(certificates(unpacked(package(made))))
    assert found["etc/ssl/certs/ca-certificates.crt"].content.count(b"BEGIN CERTIFICATE") == 3
    link = found["etc/ssl/certs/A_=b=__c.pem"]
    assert link.target == "/usr/share/ca-certificates/own/A (b), c.crt"
    assert found[f"etc/ssl/certs/{openssl_hash(made[0])}.0"].target == "Test_Root.pem"
    assert found["usr/lib/ssl/cert.pem"].target == "/etc/ssl/certs/ca-certificates.crt"
    assert b"own/Test_Root.crt\n" in found["etc/ca-certificates.conf"].content
    assert "etc/ssl/certs/java/cacerts" not in found


def test_subjects_that_are_the_same_are_counted(unpacked, tree, made):
    files = {f"usr/share/ca-certificates/{n}.crt": made[0].read_text() for n in "ab"}
    found = tree(certificates(unpacked(("ca-certificates", files))))
    name = openssl_hash(made[0])
    assert found[f"etc/ssl/certs/{name}.0"].target == "a.pem"
    assert found[f"etc/ssl/certs/{name}.1"].target == "b.pem"


def test_openssl_finds_a_certificate_by_our_links(unpacked, tree, made, tmp_path):
    found = tree(certificates(unpacked(package(made))))
    directory = tmp_path / "certs"
    directory.mkdir()
    for path, entry in found.items():
        name = path.removeprefix("etc/ssl/certs/")
        if entry.kind == "symlink" and name.endswith(".0"):
            shutil.copyfile(made[2], directory / name)
    argv = ["openssl", "verify", "-no-CAfile", "-no-CAstore", "-CApath", directory, made[2]]
    assert subprocess.run(argv, check=False, capture_output=True).returncode == 0


@pytest.mark.parametrize("from_base", [False, True])
def test_javas_keystore(unpacked, tree, made, tmp_path, from_base):
    base = {"etc/ssl/certs/ca-certificates.crt": b"".join(path.read_bytes() for path in made)}
    java = ("ca-certificates-java", {"etc/default/cacerts": ""})
    what = unpacked(java, base=base) if from_base else unpacked(java, package(made))
    keystore = tmp_path / "cacerts"
    keystore.write_bytes(tree(certificates(what))["etc/ssl/certs/java/cacerts"].content)
    argv = ["keytool", "-list", "-keystore", keystore, "-storepass", "changeit"]
    listed = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    assert listed.count("trustedCertEntry") == 3
    assert ("debian:test_root.pem" in listed) != from_base


def test_a_keystore_depends_on_its_certificates_alone():
    assert write_keystore({"b": b"2", "a": b"1"}) == write_keystore({"a": b"1", "b": b"2"})
    assert write_keystore({"a": b"1"}) != write_keystore({"a": b"2"})


def test_without_certificates_there_is_nothing(unpacked, tree):
    assert tree(certificates(unpacked(("a", {"usr/a": "1"})))) == {}
