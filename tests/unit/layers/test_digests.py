"""Digests as locks write them."""

import hashlib

import pytest

from sparkferry.layers.digests import DigestError, digest_file, parse_digest, parse_digests

DATA = b"wheel"


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512", "sha3_256", "blake2b"])
def test_secure_digests_are_lower_case(algorithm):
    value = hashlib.new(algorithm, DATA).hexdigest()
    assert parse_digest(f"{algorithm.upper()}:{value.upper()}") == f"{algorithm}:{value}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("md5:" + "0" * 32, "md5 is not secure"),
        ("sha1:" + "0" * 40, "sha1 is not secure"),
        ("shake_128:00", "`shake_128` is not a hash algorithm that Python has"),
        ("whirlpool:00", "`whirlpool` is not a hash algorithm that Python has"),
        ("sha256:" + "0" * 63, "is not a sha256 digest"),
        ("sha256:" + "g" * 64, "is not a sha256 digest"),
        ("sha256=" + "0" * 64, "is not of the form"),
    ],
)
def test_others_are_refused_by_name(text, reason):
    with pytest.raises(DigestError, match=reason):
        parse_digest(text)


def test_weak_digests_beside_secure_ones_are_passed_over():
    assert parse_digests({"md5": "0", "sha256": "a" * 64}) == (f"sha256:{'a' * 64}",)
    with pytest.raises(DigestError, match="its only hash is md5, which is not secure"):
        parse_digests({"md5": "0"})


def test_a_file_is_digested_by_all_that_is_asked_for(tmp_path):
    path = tmp_path / "a.whl"
    path.write_bytes(DATA)
    wanted = {f"{name}:{hashlib.new(name, DATA).hexdigest()}" for name in ("sha512", "sha3_256")}
    # uv writes BLAKE2b digests of 32 bytes.
    wanted.add(f"blake2b:{hashlib.blake2b(DATA, digest_size=32).hexdigest()}")
    assert digest_file(path, wanted) == wanted
