import tomllib

import pytest

from sparkferry.errors import UserError
from sparkferry.image.debian.model import DebianLock, Installed, Locked, PackageRequest
from sparkferry.image.lock import FILE, ImageLock, read_lock, write_lock

WISH = PackageRequest(suite="bookworm", architecture="amd64", seeds=("tini", "bash"))
BELOW = (Installed(name="libc6", version="2.36", architecture="amd64"),)


def package(name, version="1.0", **others):
    return Locked(
        name=name,
        version=version,
        architecture="amd64",
        sha256="0" * 64,
        size=7,
        path=f"pool/{name}.deb",
        archive="main",
        **others,
    )


def found(wish, *packages):
    return DebianLock(
        suite=wish.suite, architecture=wish.architecture, seeds=wish.seeds, packages=packages
    )


def upon(wish, *installed):
    return PackageRequest(
        suite=wish.suite, architecture=wish.architecture, seeds=wish.seeds, installed=installed
    )


def test_what_is_written_is_read(tmp_path):
    mawk = package("mawk", provides="awk")
    lock = (
        ImageLock()
        .with_base("a.example/b:1", f"sha256:{'1' * 64}")
        .with_packages(WISH, found(WISH, package("bash"), mawk))
        .with_packages(upon(WISH, *BELOW), found(WISH))
    )
    write_lock(tmp_path, lock)
    again = read_lock(tmp_path)
    assert again.base("a.example/b:1") == f"sha256:{'1' * 64}"
    assert again.packages(WISH).packages == (package("bash"), mawk)
    assert again.packages(upon(WISH, *BELOW)).packages == ()
    assert tomllib.loads((tmp_path / FILE).read_text())["version"] == 1


def test_the_order_of_building_does_not_show(tmp_path):
    trixie = PackageRequest(suite="trixie", architecture="amd64", seeds=("tini",))
    one = ImageLock().with_packages(WISH, found(WISH)).with_packages(trixie, found(trixie))
    other = ImageLock().with_packages(trixie, found(trixie)).with_packages(WISH, found(WISH))
    write_lock(tmp_path, one)
    text = (tmp_path / FILE).read_bytes()
    write_lock(tmp_path, other)
    assert (tmp_path / FILE).read_bytes() == text


def test_a_lock_that_says_the_same_is_not_written_again(tmp_path):
    write_lock(tmp_path, ImageLock())
    before = (tmp_path / FILE).stat()
    write_lock(tmp_path, ImageLock())
    after = (tmp_path / FILE).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@pytest.mark.parametrize(
    "wish",
    [
        PackageRequest(suite="trixie", architecture="amd64", seeds=WISH.seeds),
        PackageRequest(suite="bookworm", architecture="arm64", seeds=WISH.seeds),
        PackageRequest(suite="bookworm", architecture="amd64", seeds=("tini",)),
        upon(WISH, *BELOW),
    ],
)
def test_another_wish_is_not_locked(wish):
    lock = ImageLock().with_packages(WISH, found(WISH, package("bash")))
    assert lock.packages(wish) is None


def test_the_order_and_number_of_seeds_do_not_count():
    lock = ImageLock().with_packages(WISH, found(WISH, package("bash")))
    same = PackageRequest(suite="bookworm", architecture="amd64", seeds=("bash", "tini", "bash"))
    assert lock.packages(same) is not None


def test_what_is_locked_again_takes_the_old_one_s_place():
    lock = ImageLock().with_packages(WISH, found(WISH, package("bash")))
    newer = lock.with_packages(WISH, found(WISH, package("bash", "2.0")))
    assert newer.packages(WISH).packages == (package("bash", "2.0"),)
    assert len(newer.debian) == 1
    bases = ImageLock().with_base("a.b/c", "sha256:1").with_base("a.b/c", "sha256:2")
    assert bases.base("a.b/c") == "sha256:2"


def test_without_a_file_the_lock_is_empty(tmp_path):
    assert read_lock(tmp_path) == ImageLock()


@pytest.mark.parametrize("data", [b"version = 1\nx = 1\n", b"[[", b"\xff", b"version = 3\n"])
def test_what_is_no_lock_is_told(tmp_path, data):
    (tmp_path / FILE).write_bytes(data)
    with pytest.raises(UserError, match=FILE):
        read_lock(tmp_path)
