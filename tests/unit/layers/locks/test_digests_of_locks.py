"""Locks of each kind with digests of other algorithms than SHA-256."""

import hashlib

import pytest

from sparkferry.errors import DiagnosticsError, ExternalError, UserError
from sparkferry.layers.locks.selection import select
from sparkferry.layers.model import Environment
from sparkferry.layers.wheels.get import fetch_wheels
from sparkferry.progress import QUIET
from support.wheels import make_wheel

PY312 = Environment(python="3.12", platform="linux/amd64", glibc=(2, 31))


@pytest.fixture
def wheel(laptop):
    return make_wheel(laptop.index.directory, "demo")


def digest(path, algorithm):
    return hashlib.new(algorithm, path.read_bytes()).hexdigest()


def pack(project, cache):
    return [wheel.version for wheel in fetch_wheels(select(project, PY312, cache), cache, QUIET)]


def pylock(laptop, wheel, hashes):
    laptop.write(
        "pylock.toml",
        'lock-version = "1.0"\ncreated-by = "hand"\n[[packages]]\nname = "demo"\nversion = "1.0"\n'
        f'wheels = [{{ url = "{laptop.index.url}/files/{wheel.name}", hashes = {{ {hashes} }} }}]\n',
    )
    return laptop.project("demo")


@pytest.mark.parametrize("algorithm", ["sha384", "sha512", "sha3_256", "blake2b"])
def test_a_pylock_with_another_digest_is_verified(laptop, cache, wheel, algorithm):
    project = pylock(laptop, wheel, f'{algorithm} = "{digest(wheel, algorithm)}"')
    assert pack(project, cache) == ["1.0"]
    length = len(digest(wheel, algorithm))
    project = pylock(laptop, wheel, f'{algorithm} = "{"0" * length}"')
    with pytest.raises(ExternalError, match=rf"pylock\.toml does not allow its hash {algorithm}:"):
        pack(project, cache)


def test_all_digests_of_a_pylock_are_looked_at(laptop, cache, wheel):
    right = f'sha256 = "{digest(wheel, "sha256")}"'
    assert pack(pylock(laptop, wheel, right), cache) == ["1.0"]
    with pytest.raises(ExternalError, match=r"pylock\.toml does not allow its hash sha512:"):
        pack(pylock(laptop, wheel, f'{right}, sha512 = "{"0" * 128}"'), cache)


def test_an_algorithm_that_python_does_not_have_is_named(laptop, cache, wheel):
    with pytest.raises(DiagnosticsError) as caught:
        pack(pylock(laptop, wheel, 'whirlpool = "00"'), cache)
    (found,) = caught.value.diagnostics
    assert "`whirlpool` is not a hash algorithm that Python has" in found.message
    assert found.line == 4


def test_what_a_pylock_says_to_tools_allows_nothing(laptop, cache, wheel):
    project = pylock(laptop, wheel, 'md5 = "00"')
    with (laptop.root / "pylock.toml").open("a") as lock:
        lock.write('[packages.tool]\nsparkferry = [{ place = "x:1", digests = [] }]\n')
    with pytest.raises(DiagnosticsError) as caught:
        pack(project, cache)
    assert "its only hash is md5" in caught.value.diagnostics[0].message


def poetry(laptop, *hashes):
    files = ", ".join(f'{{ file = "demo-1.0-py3-none-any.whl", hash = "{x}" }}' for x in hashes)
    laptop.write(
        "poetry.lock",
        f'[[package]]\nname = "demo"\nversion = "1.0"\ngroups = ["main"]\nfiles = [{files}]\n'
        '[metadata]\nlock-version = "2.1"\n',
    )
    return laptop.project("demo", lock="poetry.lock")


def test_a_poetry_lock_with_sha512_is_verified(laptop, cache, wheel):
    project = poetry(laptop, f"sha512:{digest(wheel, 'sha512')}")
    assert pack(project, cache) == ["1.0"]
    with pytest.raises(ExternalError, match=r"poetry\.lock:2 does not allow its hash sha512:"):
        pack(poetry(laptop, f"sha512:{'0' * 128}"), cache)


def test_a_poetry_lock_with_weak_hashes_is_refused(laptop, cache, wheel):
    with pytest.raises(UserError, match="the hash of `demo`: md5 is not secure"):
        pack(poetry(laptop, f"md5:{'0' * 32}"), cache)


def test_a_uv_lock_with_sha512_is_verified(laptop, cache):
    wheel = make_wheel(laptop.index.directory, "alpha")
    project = laptop.project("alpha")
    laptop.uv("lock")
    lock = laptop.root / "uv.lock"
    text = lock.read_text()
    sha256, sha512 = digest(wheel, "sha256"), digest(wheel, "sha512")
    lock.write_text(text.replace(f"sha256:{sha256}", f"sha512:{sha512}"))
    assert pack(project, cache) == ["1.0"]
    lock.write_text(text.replace(f"sha256:{sha256}", f"sha512:{'0' * 128}"))
    with pytest.raises(ExternalError, match=r"uv\.lock does not allow its hash sha512:"):
        pack(project, cache)


def test_a_flat_page_without_hashes_is_named(laptop, cache, wheel):
    page = f"{laptop.index.url}/flat/"
    index = f'[[tool.uv.index]]\nname = "flat"\nurl = "{page}"\nformat = "flat"\ndefault = true\n'
    project = laptop.project("demo", extra=index)
    laptop.write(
        "uv.lock",
        'version = 1\nrequires-python = ">=3.11"\n[[package]]\nname = "demo"\nversion = "1.0"\n'
        f'source = {{ registry = "{page}" }}\n'
        f'wheels = [{{ url = "{laptop.index.url}/files/{wheel.name}" }}]\n',
    )
    with pytest.raises(DiagnosticsError) as caught:
        select(project, PY312, cache)
    found = caught.value.diagnostics[0]
    assert (found.file, found.line) == ("uv.lock", 4)
    assert f"it has no hash, and `{page}` names none" in found.message
