"""Each file that ships was allowed by the very lines that it comes from."""

import hashlib

import pytest

from sparkferry.base.cache import Cache
from sparkferry.errors import DiagnosticsError, ExternalError, UserError
from sparkferry.layers.check import check_lock
from sparkferry.layers.locks.selection import select
from sparkferry.layers.model import Environment
from sparkferry.layers.wheels.get import fetch_wheels
from sparkferry.progress import QUIET
from support.projects import Laptop
from support.wheels import make_sdist, make_wheel

PY312 = Environment(python="3.12", platform="linux/amd64", glibc=(2, 31))
PY311 = Environment(python="3.11", platform="linux/amd64", glibc=(2, 31))
WRONG = "0" * 64


@pytest.fixture
def digest(laptop: Laptop):
    """Return the digest of a file on the index, as ``--hash`` takes it."""
    directory = laptop.index.directory
    make_wheel(directory, "demo")
    make_wheel(directory, "demo", "2.0")
    make_wheel(directory, "other")

    def digest(name: str, algorithm: str = "sha256") -> str:
        data = (directory / f"{name}-py3-none-any.whl").read_bytes()
        return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"

    return digest


def pack(laptop, cache, text, environment=PY312):
    """Return names and versions of the wheels that would ship, fetched and verified."""
    laptop.write("requirements.txt", text)
    project = laptop.project("demo", lock="requirements.txt")
    wheels = fetch_wheels(select(project, environment, cache), cache, QUIET)
    return [f"{wheel.name} {wheel.version}" for wheel in wheels]


def refused(laptop, cache, text, environment=PY312):
    """Return what is wrong, which `check` says as well."""
    with pytest.raises(DiagnosticsError) as caught:
        pack(laptop, cache, text, environment)
    project = laptop.project("demo", lock="requirements.txt")
    found = caught.value.diagnostics
    assert {str(item) for item in found} <= set(map(str, check_lock(project, environment, cache)))
    return [str(item) for item in found]


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512", "blake2b"])
def test_any_secure_algorithm_will_do(laptop, cache, digest, algorithm):
    text = f"demo==1.0 --hash={digest('demo-1.0', algorithm)}\n"
    assert pack(laptop, cache, text) == ["demo 1.0"]
    assert pack(laptop, cache, f"{text}# again\n") == ["demo 1.0"]


def test_bytes_that_a_sha512_does_not_allow_are_refused_with_the_line(laptop, cache, digest):
    text = f"\ndemo==1.0 --hash=sha512:{'0' * 128}\n"
    for _ in range(2):
        with pytest.raises(
            ExternalError, match=r"requirements\.txt:2 does not allow its hash sha512:"
        ):
            pack(laptop, cache, text)


def test_a_file_that_is_kept_already_is_held_against_the_line_as_well(laptop, cache, digest):
    assert pack(laptop, cache, f"demo==1.0 --hash={digest('demo-1.0')}\n") == ["demo 1.0"]
    with pytest.raises(ExternalError, match="does not allow its hash sha512:"):
        pack(laptop, cache, f"demo==1.0 --hash=sha512:{'0' * 128}\n")


def test_one_digest_of_a_line_is_enough_whatever_its_algorithm(laptop, cache, digest):
    text = f"demo==1.0 --hash=sha256:{WRONG} --hash={digest('demo-1.0', 'sha512')}\n"
    assert pack(laptop, cache, text) == ["demo 1.0"]


def test_a_byte_order_mark_does_not_switch_checking_off(laptop, cache, digest):
    text = f"\ufeffdemo==1.0 --hash=sha256:{WRONG}\nother==1.0 --hash={digest('other-1.0')}\n"
    (said,) = refused(laptop, cache, text)
    assert said.startswith("requirements.txt:1: error: could not select `demo`: no file of version")


def test_the_line_that_applies_decides(laptop, cache, digest):
    text = (
        f"demo==1.0 ; python_version < '3.12' --hash={digest('demo-1.0')}\n"
        f"demo==2.0 ; python_version >= '3.12' --hash={digest('demo-2.0')}\n"
    )
    assert pack(laptop, cache, text, PY311) == ["demo 1.0"]
    assert pack(laptop, cache, text, PY312) == ["demo 2.0"]


def test_a_hash_of_a_line_that_does_not_apply_allows_nothing(laptop, cache, digest):
    text = (
        f"demo==1.0 ; python_version < '3.12' --hash={digest('demo-1.0')}\n"
        f"demo==1.0 ; python_version >= '3.12' --hash=sha256:{WRONG}\n"
    )
    assert pack(laptop, cache, text, PY311) == ["demo 1.0"]
    (said,) = refused(laptop, cache, text, PY312)
    assert said.startswith("requirements.txt:2: error: could not select `demo`")


def test_a_hash_of_another_version_allows_nothing(laptop, cache, digest):
    (said,) = refused(laptop, cache, f"demo==2.0 --hash={digest('demo-1.0')}\n")
    assert said.startswith(
        "requirements.txt:1: error: could not select `demo`: no file of version 2"
    )


def test_a_hash_of_another_package_allows_nothing(laptop, cache, digest):
    text = f"demo==1.0 --hash={digest('other-1.0')}\nother==1.0 --hash={digest('demo-1.0')}\n"
    assert len(refused(laptop, cache, text)) == 2


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("other==1.0\n", "could not select `other==1.0`: it has no hash"),
        ("other\n", "could not select `other`: it has no hash"),
        ("./tree\n", "could not select `./tree`: hashes are required, and directories have none"),
        ("-e ./tree\n", "could not select `./tree`: hashes are required, and directories"),
        ("g @ git+https://example.invalid/g.git\n", "hashes are required, and repositories"),
        ("other>=1.0 --hash=sha256:" + WRONG, "it is not pinned to a version with `==`"),
        ("other==1.* --hash=sha256:" + WRONG, "it is not pinned to a version with `==`"),
        ("other @ https://example.invalid/other-1.0.tar.gz\n", "it has no hash"),
    ],
)
def test_one_hash_demands_all_others(laptop, cache, digest, more, reason):
    laptop.write("tree/pyproject.toml", "[project]\nname = 'tree'\nversion = '1'\n")
    (said,) = refused(laptop, cache, f"demo==1.0 --hash={digest('demo-1.0')}\n{more}")
    assert said.startswith("requirements.txt:2: error: ")
    assert reason in said


def test_lines_that_do_not_apply_need_no_hash(laptop, cache, digest):
    text = f"demo==1.0 --hash={digest('demo-1.0')}\npywin32==1 ; sys_platform == 'win32'\n"
    assert pack(laptop, cache, text) == ["demo 1.0"]


@pytest.mark.parametrize(
    "where", ["file", "nested", "PIP_REQUIRE_HASHES", "UV_REQUIRE_HASHES", "uv"]
)
def test_hashes_can_be_demanded(laptop, cache, digest, monkeypatch, where):
    assert pack(laptop, cache, "demo==1.0\n") == ["demo 1.0"]
    text = "demo==1.0\n"
    if where == "file":
        text = f"--require-hashes\n{text}"
    elif where == "nested":
        laptop.write("more.txt", "--require-hashes\n")
        text = f"-r more.txt\n{text}"
    elif where == "uv":
        laptop.write("uv.toml", "[pip]\nrequire-hashes = true\n")
    else:
        monkeypatch.setenv(where, "1")
    (said,) = refused(laptop, cache, text)
    assert "it has no hash, although hashes are required" in said


def test_an_included_file_with_hashes_demands_them_of_all(laptop, cache, digest):
    laptop.write("more.txt", f"other==1.0 --hash={digest('other-1.0')}\n")
    (said,) = refused(laptop, cache, "demo==1.0\n-r more.txt\n")
    assert said.startswith(
        "requirements.txt:1: error: could not select `demo==1.0`: it has no hash"
    )


def test_hashes_and_versions_of_constraints_count(laptop, cache, digest):
    laptop.write(
        "limits.txt", f"demo==1.0 --hash={digest('demo-1.0')}\nunused==3 --hash=sha256:{WRONG}\n"
    )
    assert pack(laptop, cache, "demo\n-c limits.txt\n") == ["demo 1.0"]
    text = f"demo==1.0 --hash={digest('demo-1.0')} --hash={digest('demo-2.0')}\n-c limits.txt\n"
    assert pack(laptop, cache, text) == ["demo 1.0"]
    laptop.write("limits.txt", f"demo==1.0 --hash=sha256:{WRONG}\n")
    (said,) = refused(laptop, cache, text)
    assert said.startswith("limits.txt:1: error: could not select `demo`")


def test_the_digest_in_an_address_is_looked_at(laptop, cache, digest):
    url = f"{laptop.index.url}/files/demo-1.0-py3-none-any.whl"
    for algorithm in ("sha256", "sha512"):
        name, _, value = digest("demo-1.0", algorithm).partition(":")
        assert pack(laptop, cache, f"demo @ {url}#{name}={value}\nother\n") == [
            "demo 1.0",
            "other 1.0",
        ]
    (said,) = refused(laptop, cache, f"demo @ {url}#sha256={WRONG}\n")
    assert said.startswith("requirements.txt:1: error: could not select `demo`")
    with pytest.raises(ExternalError, match=r"requirements\.txt:1 does not allow its hash sha512:"):
        pack(laptop, cache, f"demo @ {url}#sha512={'0' * 128}\n")


def test_files_of_the_project_are_held_against_their_hashes(laptop, cache, digest):
    wheel = make_wheel(laptop.root / "libs", "demo")
    sha512 = hashlib.sha512(wheel.read_bytes()).hexdigest()
    line = f"./libs/{wheel.name} --hash=sha512:"
    assert pack(laptop, cache, f"{line}{sha512}\n") == ["demo 1.0"]
    with pytest.raises(UserError, match=r"requirements\.txt:1 does not allow its hash sha512:"):
        pack(laptop, cache, f"{line}{'0' * 128}\n")


def test_pages_without_any_hash_are_held_against_the_lines(laptop, cache, digest, tmp_path):
    links = tmp_path / "links"
    make_wheel(links, "demo", "3.0")
    value = hashlib.sha512((links / "demo-3.0-py3-none-any.whl").read_bytes()).hexdigest()
    text = f"--no-index\n--find-links {links}\ndemo==3.0 --hash=sha512:"
    assert pack(laptop, cache, f"{text}{value}\n") == ["demo 3.0"]


def test_a_source_distribution_with_sha512_is_built_once(laptop, cache, digest):
    archive = make_sdist(laptop.index.directory, "sdonly")
    value = hashlib.sha512(archive.read_bytes()).hexdigest()
    environment = Environment(python="3.11", platform="linux/amd64", glibc=(2, 99))
    text = f"sdonly==1.0 --hash=sha512:{value}\n"
    assert pack(laptop, cache, text, environment) == ["sdonly 1.0"]
    assert pack(laptop, Cache(cache.root), text, environment) == ["sdonly 1.0"]


def test_every_conda_path_is_told_and_nothing_is_asked_for(laptop, cache, digest):
    user = "conda"
    place = f"file:///home/{user}/feedstock_root/build_artifacts"
    text = (
        f"numpy @ {place}/numpy_1/work/dist/numpy-1.26.4-cp311-cp311-linux_x86_64.whl\n"
        f"demo==1.0\npandas @ file:///croot/pandas_1/work\n"
        f"pywin32 @ {place}/pywin32_1/work ; sys_platform == 'win32'\n"
    )
    said = refused(laptop, cache, text)
    assert [item.partition(" error")[0] for item in said] == [
        "requirements.txt:1:",
        "requirements.txt:3:",
    ]
