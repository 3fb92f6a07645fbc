import re
import subprocess
from pathlib import Path

import pytest

from sparkferry.base.cache import Cache
from sparkferry.errors import DiagnosticsError
from sparkferry.files import sha256_bytes, sha256_file
from sparkferry.layers.locks.selection import select
from sparkferry.layers.model import Environment, Selection
from support.index_server import Index
from support.projects import Laptop
from support.wheels import make_sdist, make_wheel, unpack_sdist

PY312 = Environment(python="3.12", platform="linux/amd64", glibc=(2, 31))
ARM = Environment(python="3.12", platform="linux/arm64", glibc=(2, 31))


def names(selection: Selection) -> list[str]:
    return [pin.name for pin in selection.pins]


def files(selection: Selection) -> list[str]:
    return [pin.artifact.name for pin in selection.pins]


@pytest.fixture
def served(index: Index) -> Index:
    directory = index.directory
    make_wheel(directory, "alpha", requires=("beta>=1",))
    for tag in (
        "cp312-cp312-manylinux_2_28_x86_64",
        "cp312-cp312-manylinux_2_34_x86_64",
        "cp312-cp312-manylinux_2_28_aarch64",
        "cp311-cp311-manylinux_2_28_x86_64",
    ):
        make_wheel(directory, "beta", "2.0", tag=tag)
    make_wheel(directory, "gamma")
    make_wheel(directory, "devtool")
    make_wheel(directory, "sparkferry", "0.1.0")
    make_wheel(directory, "py4j", "0.10.9.9")
    make_sdist(directory, "pyspark", "4.0.5")
    make_sdist(directory, "sdonly")
    return index


def test_uv_lock_for_two_platforms(served, laptop: Laptop, cache: Cache):
    project = laptop.project("alpha", "gamma; sys_platform == 'win32'")
    laptop.uv("lock")
    selection = select(project, PY312, cache)
    assert files(selection) == [
        "alpha-1.0-py3-none-any.whl",
        "beta-2.0-cp312-cp312-manylinux_2_28_x86_64.whl",
    ]
    assert (
        files(select(project, ARM, cache))[1] == "beta-2.0-cp312-cp312-manylinux_2_28_aarch64.whl"
    )
    assert (selection.lock, selection.lock_sha256) == (
        "uv.lock",
        sha256_file(laptop.root / "uv.lock"),
    )
    alpha = selection.pins[0].artifact
    assert alpha.sha256 == sha256_file(served.directory / alpha.name)
    assert alpha.url == f"{served.url}/files/{alpha.name}"


def test_groups_and_extras_ship_when_asked_for(served, laptop: Laptop, cache: Cache):
    extra = (
        "[project.optional-dependencies]\nfast = ['gamma']\n"
        "[dependency-groups]\ndev = ['devtool']\njobs = ['sdonly']\n"
        "[tool.uv]\ndefault-groups = ['jobs']\n"
    )
    bare = laptop.project("alpha", extra=extra)
    laptop.uv("lock")
    assert names(select(bare, PY312, cache)) == ["alpha", "beta"]
    full = laptop.project("alpha", extra=extra, groups=("jobs",), extras=("fast",))
    assert names(select(full, PY312, cache)) == ["alpha", "beta", "gamma", "sdonly"]


def test_spark_and_sparkferry_do_not_ship(served, laptop: Laptop, cache: Cache):
    project = laptop.project("pyspark", "py4j", "sparkferry", "gamma")
    laptop.uv("lock")
    assert names(select(project, PY312, cache)) == ["gamma"]
    bare = Environment(python="3.12", platform="linux/amd64", glibc=(2, 31), brings_spark=False)
    assert names(select(project, bare, cache)) == ["gamma", "py4j", "pyspark"]


def test_git_directory_file_and_workspace_members(served, laptop: Laptop, cache: Cache):
    repository = unpack_sdist(make_sdist(laptop.root / "made", "gitted"), laptop.root / "made")
    commit = commit_all(repository)
    unpack_sdist(make_sdist(laptop.root / "made", "local"), laptop.root / "libs")
    unpack_sdist(make_sdist(laptop.root / "made", "member"), laptop.root)
    wheel = make_wheel(laptop.root / "libs", "wheeled")
    project = laptop.project(
        "gitted",
        "local",
        "member",
        "wheeled",
        extra="[tool.uv.workspace]\nmembers = ['member-1.0']\n[tool.uv.sources]\n"
        f"gitted = {{ git = '{repository.as_uri()}' }}\n"
        "local = { path = 'libs/local-1.0' }\nmember = { workspace = true }\n"
        f"wheeled = {{ path = 'libs/{wheel.name}' }}\n",
    )
    laptop.uv("lock")
    gitted, local, member, wheeled = (pin.artifact for pin in select(project, PY312, cache).pins)
    assert gitted.vcs == (repository.as_uri(), commit)
    assert local.path == str(laptop.root / "libs/local-1.0")
    assert member.path == str(laptop.root / "member-1.0")
    assert (wheeled.path, wheeled.sha256) == (str(wheel), sha256_file(wheel))


def test_a_member_selects_its_own_dependencies(served, laptop: Laptop, cache: Cache):
    laptop.write(
        "../pyproject.toml",
        "[project]\nname = 'all'\nversion = '0'\nrequires-python = '>=3.11'\n"
        "dependencies = ['gamma']\n[tool.uv.workspace]\nmembers = ['demo', 'other']\n",
    )
    laptop.write("../other/pyproject.toml", "[project]\nname = 'other'\nversion = '0'\n")
    project = laptop.project(
        "alpha", "other", extra="[tool.uv.sources]\nother = { workspace = true }\n"
    )
    laptop.uv("lock")
    selection = select(project, PY312, cache)
    assert names(selection) == ["alpha", "beta", "other"]
    assert selection.lock == "../uv.lock"
    assert selection.pins[2].artifact.path == str(laptop.root.parent / "other")


def test_the_second_time_starts_no_process(served, laptop: Laptop, cache: Cache, monkeypatch):
    project = laptop.project("alpha")
    laptop.uv("lock")
    first = select(project, PY312, cache)
    monkeypatch.setattr(subprocess, "run", None)
    assert select(project, PY312, cache) == first


def test_another_lock_is_another_selection(served, laptop: Laptop, cache: Cache):
    project = laptop.project("gamma")
    laptop.uv("lock")
    assert names(select(project, PY312, cache)) == ["gamma"]
    project = laptop.project("devtool")
    laptop.uv("lock")
    assert names(select(project, PY312, cache)) == ["devtool"]


def test_nothing_to_select(laptop: Laptop, cache: Cache):
    selection = select(laptop.project(), PY312, cache)
    assert (selection.pins, selection.lock, selection.lock_sha256) == ((), "", sha256_bytes(b""))


def test_every_package_without_a_wheel_is_named(served, laptop: Laptop, cache: Cache):
    make_wheel(served.directory, "delta", tag="cp311-cp311-manylinux_2_28_x86_64")
    make_wheel(served.directory, "epsilon", tag="cp312-cp312-manylinux_2_39_x86_64")
    project = laptop.project("delta", "epsilon", "gamma")
    laptop.uv("lock")
    with pytest.raises(DiagnosticsError) as caught:
        select(project, PY312, cache)
    said = [str(item) for item in caught.value.diagnostics]
    assert len(said) == 2
    line = line_number(laptop.root / "uv.lock", 'name = "delta"')
    assert said[0] == (
        f"uv.lock:{line}: error: could not select `delta`: 1.0 has no wheel for Python 3.12 on "
        "linux/amd64 with glibc 2.31, and no source distribution"
    )
    assert all(item.hint for item in caught.value.diagnostics)


PYLOCK = re.sub(
    r"<(.)(\d+)>",
    lambda found: found[1] * int(found[2]),
    """
lock-version = "1.0"
created-by = "hand"
extras = ["fast"]
dependency-groups = ["jobs", "dev"]
default-groups = ["jobs"]
[[packages]]
name = "alpha"
version = "1.0"
[[packages.wheels]]
url = "https://user:hunter2@example.invalid/x/alpha-1.0-py3-none-any.whl?a=b"
size = 7
hashes = { sha256 = "<A64>" }
[[packages]]
name = "beta"
marker = "'fast' in extras"
archive = { path = "libs/beta-1.0.tar.gz", subdirectory = "sub", hashes = { sha256 = "<b64>" } }
[[packages]]
name = "gamma"
marker = "'jobs' in dependency_groups"
vcs = { type = "git", url = "https://user:hunter2@example.invalid/r.git", commit-id = "<c40>" }
[[packages]]
name = "delta"
marker = "'dev' in dependency_groups"
archive = { url = "file:///srv/a%20b/delta-1.0-py3-none-any.whl", hashes = { sha256 = "<d64>" } }
[[packages]]
name = "demo"
directory = { path = "." }
[[packages]]
name = "epsilon"
vcs = { type = "git", path = "repo", commit-id = "<e40>" }
""",
)


def test_pylock_as_it_is(laptop: Laptop, cache: Cache):
    laptop.write("pylock.toml", PYLOCK)
    selection = select(laptop.project("alpha"), PY312, cache)
    alpha, epsilon, gamma = selection.pins
    assert alpha.artifact.url == "https://example.invalid/x/alpha-1.0-py3-none-any.whl?a=b"
    assert (alpha.artifact.name, alpha.artifact.size) == ("alpha-1.0-py3-none-any.whl", 7)
    assert alpha.artifact.sha256 == "a" * 64
    assert gamma.artifact.vcs == ("https://example.invalid/r.git", "c" * 40)
    assert epsilon.artifact.vcs == ((laptop.root / "repo").as_uri(), "e" * 40)
    everything = laptop.project("alpha", extras=("fast",), groups=("dev",))
    _, beta, delta, _, _ = (pin.artifact for pin in select(everything, PY312, cache).pins)
    assert (beta.path, beta.subdirectory) == (str(laptop.root / "libs/beta-1.0.tar.gz"), "sub")
    assert delta.path == "/srv/a b/delta-1.0-py3-none-any.whl"


def test_no_secret_of_the_lock_is_remembered(laptop: Laptop, cache: Cache):
    laptop.write("pylock.toml", PYLOCK)
    select(laptop.project("alpha"), PY312, cache)
    assert [path for path in cache.root.rglob("*.json") if b"hunter2" in path.read_bytes()] == []


def test_hashed_requirements_keep_their_hashes(served, laptop: Laptop, cache: Cache):
    project = laptop.project("alpha")
    kept = sha256_file(served.directory / "beta-2.0-cp312-cp312-manylinux_2_28_x86_64.whl")
    alpha = sha256_file(served.directory / "alpha-1.0-py3-none-any.whl")
    laptop.write("requirements.txt", "-r more.txt  # and more\nalpha==1.0 \\\n")
    laptop.write(
        "requirements.txt", f"-r more.txt # more\nAlpha==1.0 \\\n  --hash=sha256:{alpha}\n"
    )
    laptop.write("more.txt", f"beta==2.0 --hash=sha256:{kept} --hash=sha256:{'0' * 64}\n")
    assert files(select(project, PY312, cache)) == [
        "alpha-1.0-py3-none-any.whl",
        "beta-2.0-cp312-cp312-manylinux_2_28_x86_64.whl",
    ]


def test_changed_files_on_the_index_are_refused(served, laptop: Laptop, cache: Cache):
    laptop.write("requirements.txt", f"gamma==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(DiagnosticsError) as caught:
        select(laptop.project("gamma"), PY312, cache)
    (found,) = caught.value.diagnostics
    assert str(found).startswith("requirements.txt:1: error: could not select `gamma`: no file of")


def test_requirements_without_hashes_are_resolved_once(served, laptop: Laptop, cache: Cache):
    laptop.write("requirements.txt", "gamma\n")
    assert select(laptop.project("gamma"), PY312, cache).pins[0].version == "1.0"
    make_wheel(served.directory, "gamma", "2.0")
    again = laptop.project("gamma", extra="# changed")
    assert select(again, PY312, cache).pins[0].version == "1.0"
    laptop.write("requirements.txt", "gamma>1\n")
    assert select(again, PY312, cache).pins[0].version == "2.0"


POETRY = """
[[package]]
name = "alpha"
version = "1.0"
groups = ["main"]
files = [{{file = "alpha-1.0-py3-none-any.whl", hash = "sha256:{alpha}"}}]
[[package]]
name = "Gamma"
version = "1.0"
groups = ["main", "dev"]
markers = {{main = "extra == \\"fast\\""}}
files = [{{file = "gamma-1.0-py3-none-any.whl", hash = "sha256:{gamma}"}}]
[package.source]
type = "legacy"
url = "{index}"
reference = "private"
[[package]]
name = "devtool"
version = "1.0"
groups = ["dev"]
files = []
[[package]]
name = "beta"
version = "2.0"
groups = ["main"]
markers = "sys_platform == \\"win32\\""
files = []
[[package]]
name = "gitted"
version = "1.0"
groups = ["main"]
files = []
[package.source]
type = "git"
url = "https://example.invalid/g.git"
resolved_reference = "{commit}"
subdirectory = "sub"
[[package]]
name = "local"
version = "1.0"
groups = ["jobs"]
files = []
[package.source]
type = "directory"
url = "libs/local"
[[package]]
name = "filed"
version = "1.0"
groups = ["jobs"]
files = [{{file = "filed-1.0.tar.gz", hash = "sha256:{zeros}"}}]
[package.source]
type = "file"
url = "libs/filed-1.0.tar.gz"
[[package]]
name = "linked"
version = "1.0"
groups = ["jobs"]
files = [{{file = "linked-1.0.tar.gz", hash = "sha256:{zeros}"}}]
[package.source]
type = "url"
url = "https://example.invalid/linked-1.0.tar.gz"
[extras]
fast = ["gamma"]
[metadata]
lock-version = "{version}"
"""


def poetry_lock(index: Index, version: str = "2.1") -> str:
    digest = {
        name: sha256_file(index.directory / f"{name}-1.0-py3-none-any.whl")
        for name in ("alpha", "gamma")
    }
    return POETRY.format(
        **digest, index=index.simple, commit="a" * 40, zeros="0" * 64, version=version
    )


def test_poetry_lock_without_poetry(served, laptop: Laptop, cache: Cache):
    laptop.write("poetry.lock", poetry_lock(served))
    assert names(select(laptop.project("alpha"), PY312, cache)) == ["alpha", "gitted"]
    full = laptop.project("alpha", groups=("jobs",), extras=("fast",))
    selection = select(full, PY312, cache)
    assert names(selection) == ["alpha", "filed", "gamma", "gitted", "linked", "local"]
    alpha, filed, gamma, gitted, linked, local = (pin.artifact for pin in selection.pins)
    assert alpha.url.startswith(served.url)
    assert gamma.sha256 == sha256_file(served.directory / "gamma-1.0-py3-none-any.whl")
    assert filed.path == str(laptop.root / "libs/filed-1.0.tar.gz")
    assert gitted.subdirectory == "sub"
    assert linked.url == "https://example.invalid/linked-1.0.tar.gz"
    assert local.path == str(laptop.root / "libs/local")


def commit_all(repository: Path) -> str:
    git = ["git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@example.invalid"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "one"], check=True)
    done = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def line_number(path: Path, text: str) -> int:
    return path.read_text().splitlines().index(text) + 1
