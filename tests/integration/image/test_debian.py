"""Real packages of the mirror that this machine is configured for, against dpkg and glibc."""

import os
import shutil
import stat
import subprocess
from datetime import UTC, datetime

import pytest

from sparkferry.base.cache import Cache
from sparkferry.image.debian.archives import Archives
from sparkferry.image.debian.mirror import host_mirror
from sparkferry.image.debian.model import PackageRequest
from sparkferry.image.debian.paths import is_left_out, merged
from sparkferry.image.debian.resolver import resolve
from sparkferry.image.debian.root import Setup, debian_root
from sparkferry.progress import QUIET

pytestmark = pytest.mark.engine

SEEDS = ("base-files", "ca-certificates", "libc-bin", "libjemalloc2", "tini", "tzdata")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return Cache(tmp_path_factory.mktemp("cache"))


def lock_of(suite, architecture, cache, seeds=SEEDS):
    archives = Archives(host_mirror(suite), cache, QUIET, datetime.now(UTC))
    wish = PackageRequest(suite=suite, architecture=architecture, seeds=seeds)
    return resolve(wish, archives.indices(suite, architecture))


@pytest.fixture(scope="module", params=["bookworm", "trixie"])
def root(request, cache):
    lock = lock_of(request.param, "amd64", cache)
    return debian_root(lock, Setup(), host_mirror(request.param), cache, QUIET)


@pytest.fixture(scope="module")
def place(root, tmp_path_factory):
    """The image's files, unpacked."""
    place = tmp_path_factory.mktemp("image")
    packages = (entry for package in root.packages for entry in package.entries())
    for entry in (*root.directories, *packages, *root.configuration):
        put(place, entry)
    return place


def put(place, entry):
    path = place / entry.path
    path.parent.mkdir(parents=True, exist_ok=True)
    match entry.kind:
        case "directory":
            path.mkdir(exist_ok=True)
        case "symlink":
            path.symlink_to(entry.target)
        case "hardlink":
            path.hardlink_to(place / entry.target)
        case _:
            path.write_bytes(entry.content)
    if entry.kind in {"file", "directory"}:
        path.chmod(entry.mode)


def tree(place):
    """What is below a directory: type, mode and content by path on a merged system."""
    found = {}
    for directory, names, files in os.walk(place):
        for name in (*names, *files):
            path = os.path.join(directory, name)  # noqa: PTH118 - as os.walk has it
            is_directory = stat.S_ISDIR(os.lstat(path).st_mode)
            where = merged(os.path.relpath(path, place), directory=is_directory)
            found[where] = describe(path)
    return found


def describe(path):
    mode = os.lstat(path).st_mode
    if stat.S_ISLNK(mode):
        return os.readlink(path)  # noqa: PTH115
    if stat.S_ISDIR(mode):
        return oct(mode)
    with open(path, "rb") as stream:  # noqa: PTH123
        return oct(mode), stream.read()


def test_the_files_are_those_that_dpkg_unpacks(root, place, tmp_path):
    for package in root.packages:
        subprocess.run(["dpkg-deb", "-x", package.path, tmp_path], check=True)
    made = {entry.path for entry in root.configuration}
    theirs = {path: what for path, what in tree(tmp_path).items() if not is_left_out(path)}
    ours = tree(place)
    assert {path for path in theirs if path not in made and theirs[path] != ours.get(path)} == set()
    assert {path for path in ours if path not in theirs} <= made | {"usr"}


def test_owners_are_those_of_the_archive(root):
    base_files = next(p for p in root.packages if p.locked.name == "base-files")
    argv = ["dpkg-deb", "-c", base_files.path]
    listed = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    expected = {"var/local": 50} if "root/staff" in listed else {}
    assert {e.path: e.gid for e in root.directories if e.gid} == expected


def test_everything_that_scripts_do_is_accounted_for(root):
    assert root.warnings == ()


def test_the_loaders_cache_is_ldconfigs(place, tmp_path):
    copy = tmp_path / "root"
    shutil.copytree(place, copy, symlinks=True)
    subprocess.run(["/usr/sbin/ldconfig", "-r", copy, "-X"], check=True, capture_output=True)
    assert libraries(place) == libraries(copy)
    assert any("libjemalloc.so.2 " in line for line in libraries(place))


def libraries(place):
    argv = ["/usr/sbin/ldconfig", "-p", "-C", place / "etc/ld.so.cache"]
    said = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    return [line for line in said.splitlines() if "=>" in line]


def test_certificates_are_linked_as_openssl_does(place, tmp_path):
    certificates = tmp_path / "certs"
    certificates.mkdir()
    for path in (place / "usr/share/ca-certificates/mozilla").iterdir():
        shutil.copyfile(path, certificates / f"{path.stem}.pem")
    subprocess.run(["openssl", "rehash", certificates], check=True, capture_output=True)
    hashes = {path.name for path in certificates.iterdir() if path.is_symlink()}
    ours = {path.name for path in (place / "etc/ssl/certs").iterdir()}
    assert hashes
    assert hashes <= ours


@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
def test_other_architectures_resolve_to_the_same_names(suite, cache):
    locks = [lock_of(suite, architecture, cache) for architecture in ("amd64", "arm64")]
    names = [[package.name for package in lock.packages] for lock in locks]
    assert names[0] == names[1]
    assert {package.architecture for package in locks[1].packages} == {"all", "arm64"}
