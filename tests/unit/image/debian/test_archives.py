"""A signed archive on 127.0.0.1: fetched, checked, read once."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from sparkferry.errors import ExternalError
from sparkferry.image.debian.archives import Archives
from sparkferry.image.debian.fetch import fetch_debs
from sparkferry.image.debian.model import PackageRequest
from sparkferry.image.debian.resolver import resolve
from sparkferry.progress import QUIET

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Messages:
    """A progress that keeps what it is told."""

    def __init__(self):
        self.said = []

    def message(self, text):
        self.said.append(text)

    task = staticmethod(QUIET.task)


@pytest.fixture
def published(archive, deb):
    archive.publish("trixie", [deb("a", {"a": "1"}, depends="b"), deb("b", {"b": "1"})])
    archive.publish("trixie-updates", [])
    archive.publish("trixie-security", [deb("b", {"b": "2"}, version="1.1")])
    return archive


def lock_of(mirror, cache, now=NOW):
    indices = Archives(mirror, cache, QUIET, now).indices("trixie", "amd64")
    return resolve(PackageRequest(suite="trixie", architecture="amd64", seeds=("a",)), indices)


def test_from_a_wish_to_packages(published, mirror, cache):
    lock = lock_of(mirror, cache)
    assert [(p.name, p.version, p.archive) for p in lock.packages] == [
        ("b", "1.1", "security"),
        ("a", "1.0", "main"),
    ]
    paths = fetch_debs(lock.packages, mirror, cache, QUIET)
    assert [path.name for path in paths] == ["b_1.1_all.deb", "a_1.0_all.deb"]
    assert paths[0].is_relative_to(cache.root / "debs")


def test_an_index_is_fetched_and_read_once(published, mirror, cache):
    first = lock_of(mirror, cache)
    published.requests.clear()
    assert lock_of(mirror, cache) == first
    assert all(path.endswith("/InRelease") for path in published.requests)
    assert len(published.requests) == 3


def test_a_locked_package_is_fetched_without_an_index(published, mirror, cache):
    lock = lock_of(mirror, cache)
    published.requests.clear()
    fetch_debs(lock.packages, mirror, cache, QUIET)
    assert sorted(published.requests) == ["/pool/a_1.0_all.deb", "/pool/b_1.1_all.deb"]
    published.requests.clear()
    fetch_debs(lock.packages, mirror, cache, QUIET)
    assert published.requests == []


def test_a_mirror_without_security_says_so(published, mirror, cache):
    messages = Messages()
    archives = Archives(replace(mirror, security=None), cache, messages, NOW)
    indices = archives.indices("trixie", "amd64")
    assert [index.archive for index in indices] == ["main", "updates"]
    assert messages.said == ["warning: no mirror of Debian's security archive is known"]


def test_a_locked_security_package_needs_the_security_mirror(published, mirror, cache):
    lock = lock_of(mirror, cache)
    with pytest.raises(ExternalError, match=r"b_1.1_all.deb") as error:
        fetch_debs(lock.packages, replace(mirror, security=None), cache, QUIET)
    assert "security-mirror" in error.value.hint


def test_a_release_that_expired(archive, mirror, cache):
    archive.publish("trixie", [], valid_until="Mon, 01 Jun 2026 11:59:59 UTC")
    with pytest.raises(ExternalError, match="valid until"):
        lock_of(mirror, cache)


def test_a_release_of_another_suite(archive, mirror, cache):
    archive.publish("trixie", [], Codename="bookworm", Suite="oldstable")
    with pytest.raises(ExternalError, match="the mirror has `bookworm` there"):
        lock_of(mirror, cache)


def test_a_release_that_was_changed(published, mirror, cache):
    path = published.directory / "dists/trixie/InRelease"
    path.write_bytes(path.read_bytes().replace(b"Origin: Debian", b"Origin: Evil"))
    with pytest.raises(ExternalError, match="changed after it was signed"):
        lock_of(mirror, cache)


def test_an_index_that_was_changed(published, mirror, cache):
    path = published.directory / "dists/trixie/main/binary-amd64/Packages.xz"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(ExternalError, match=r"could not verify `Packages.xz`"):
        lock_of(mirror, cache)


def test_an_index_is_asked_for_by_its_digest_where_that_is_served(archive, deb, mirror, cache):
    for suite in ("trixie", "trixie-updates", "trixie-security"):
        archive.publish(suite, [deb("a", version="2")], Acquire_By_Hash="yes")
    lock_of(mirror, cache)
    assert any("/by-hash/SHA256/" in path for path in archive.requests)
    assert not any(path.endswith("Packages.xz") for path in archive.requests)


def test_an_architecture_that_the_mirror_lacks(published, mirror, cache):
    with pytest.raises(ExternalError, match=r"no `main/binary-arm64/Packages.xz`"):
        Archives(mirror, cache, QUIET, NOW).indices("trixie", "arm64")


def test_a_mirror_that_is_none(archive, mirror, cache):
    with pytest.raises(ExternalError, match=r"could not fetch .*InRelease`: .*404"):
        lock_of(mirror, cache)


def test_a_mirror_that_does_not_answer(mirror, cache):
    gone = replace(mirror, main="http://127.0.0.1:9")
    with pytest.raises(ExternalError, match="could not fetch") as error:
        lock_of(gone, cache)
    assert "`mirror`" in error.value.hint


def test_a_package_that_was_changed(published, mirror, cache):
    lock = lock_of(mirror, cache)
    path = published.directory / "pool/a_1.0_all.deb"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(ExternalError, match=r"could not verify `a_1.0_all.deb`"):
        fetch_debs(lock.packages, mirror, cache, QUIET)


def test_a_package_that_has_gone(published, mirror, cache):
    lock = lock_of(mirror, cache)
    (published.directory / "pool/a_1.0_all.deb").unlink()
    with pytest.raises(ExternalError, match="the server answered 404") as error:
        fetch_debs(lock.packages, mirror, cache, QUIET)
    assert "resolve the image's packages again" in error.value.hint
