import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import msgspec
import pytest

from sparkferry.base.cache import Cache
from sparkferry.errors import DiagnosticsError, ExternalError, SparkferryError, UserError
from sparkferry.files import sha256_file
from sparkferry.layers.locks.selection import select
from sparkferry.layers.model import Artifact, Selection, Wheel
from sparkferry.layers.wheels.get import fetch_wheels
from sparkferry.progress import QUIET
from support.builds import HERE, select_one
from support.index_server import Index
from support.projects import Laptop
from support.wheels import make_sdist, make_wheel, unpack_sdist

ELSEWHERE = msgspec.structs.replace(
    HERE, platform="linux/arm64" if HERE.platform == "linux/amd64" else "linux/amd64"
)
OLDER = msgspec.structs.replace(HERE, glibc=(2, 16))


def directory_of(root: Path, name: str = "alpha", tag: str = "py3-none-any") -> Path:
    """A source tree that becomes a wheel with ``tag``."""
    tree = unpack_sdist(make_sdist(root / "sdists", name), root)
    backend = tree / "backend.py"
    backend.write_text(backend.read_text().replace('"1.0")', f'"1.0", tag="{tag}")'))
    return tree


def wheels(selection: Selection, cache: Cache) -> tuple[Wheel, ...]:
    return fetch_wheels(selection, cache, QUIET)


def test_wheels_of_every_kind(index: Index, laptop: Laptop, cache: Cache):
    make_wheel(index.directory, "beta", requires=("alpha",))
    make_wheel(index.directory, "alpha")
    make_sdist(index.directory, "sdonly")
    unpack_sdist(make_sdist(laptop.root / "made", "local"), laptop.root)
    local = make_wheel(laptop.root / "libs", "wheeled")
    project = laptop.project(
        "beta", "sdonly", "local", "wheeled",
        extra="[tool.uv.sources]\nlocal = { path = 'local-1.0' }\n"
        f"wheeled = {{ path = 'libs/{local.name}' }}\n",
    )  # fmt: skip
    laptop.uv("lock")
    found = wheels(select(project, HERE, cache), cache)
    assert [wheel.name for wheel in found] == ["alpha", "beta", "local", "sdonly", "wheeled"]
    assert {wheel.version for wheel in found} == {"1.0"}
    assert all(sha256_file(wheel.path) == wheel.sha256 for wheel in found)
    assert all(wheel.path.name == wheel.filename for wheel in found)


def test_the_second_time_nothing_is_asked_or_built(index, laptop: Laptop, cache, monkeypatch):
    make_wheel(index.directory, "alpha")
    make_sdist(index.directory, "sdonly")
    project = laptop.project("alpha", "sdonly")
    laptop.uv("lock")
    selection = select(project, HERE, cache)
    first = wheels(selection, cache)
    index.requests.clear()
    monkeypatch.setattr(subprocess, "run", None)
    assert wheels(selection, cache) == first
    assert index.requests == []


def test_a_built_wheel_that_was_removed_is_built_again(index, tmp_path, cache):
    selection = select_one(
        tmp_path, Artifact(name="alpha", url=None, path=str(directory_of(tmp_path)))
    )
    (first,) = wheels(selection, cache)
    shutil.rmtree(first.path.parent)
    assert wheels(selection, cache) == (first,)
    assert first.path.exists()


def test_a_changed_directory_is_built_again(index, tmp_path, cache):
    tree = directory_of(tmp_path)
    selection = select_one(tmp_path, Artifact(name="alpha", url=None, path=str(tree)))
    (first,) = wheels(selection, cache)
    (tree / "__pycache__").mkdir()
    (tree / "__pycache__/x.pyc").write_bytes(b"x")
    assert wheels(selection, cache) == (first,)
    backend = tree / "backend.py"
    backend.write_text(backend.read_text().replace('"1.0"', '"1.1"'))
    (second,) = wheels(selection, cache)
    assert second.version == "1.1"


def test_a_build_leaves_nothing_in_the_directory(index, tmp_path, cache):
    tree = directory_of(tmp_path)
    backend = tree / "backend.py"
    backend.write_text(backend.read_text() + "\npathlib.Path('left').mkdir(exist_ok=True)\n")
    before = sorted(tree.rglob("*"))
    wheels(select_one(tmp_path, Artifact(name="alpha", url=None, path=str(tree))), cache)
    assert sorted(tree.rglob("*")) == before
    assert list((cache.root / "tmp").iterdir()) == []


def test_symbolic_links_in_a_directory(index, tmp_path, cache):
    tree = directory_of(tmp_path)
    (tree / "link").symlink_to("backend.py")
    (tree / "folder").symlink_to("support_copy")
    (tree / "nowhere").symlink_to("missing")
    selection = select_one(tmp_path, Artifact(name="alpha", url=None, path=str(tree)))
    (first,) = wheels(selection, cache)
    assert wheels(selection, cache) == (first,)


def repository(tmp_path: Path, subdirectory: str = "") -> tuple[Path, str]:
    """A git repository whose first commit holds a project, and that commit."""
    root = tmp_path / "repository"
    shutil.copytree(directory_of(tmp_path), root / subdirectory, dirs_exist_ok=True)
    git = ["git", "-C", str(root), "-c", "user.name=a", "-c", "user.email=a@example.invalid"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "one"]):
        subprocess.run([*git, *arguments], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    shutil.rmtree(root / (subdirectory or "support_copy"))
    subprocess.run([*git, "commit", "-qam", "two"], check=True)
    return root, commit.stdout.strip()


@pytest.mark.parametrize("subdirectory", ["", "libs/alpha"])
def test_a_commit_of_a_repository(index, tmp_path, cache, subdirectory):
    root, commit = repository(tmp_path, subdirectory)
    vcs = (root.as_uri(), commit)
    artifact = Artifact(name="alpha", url=None, vcs=vcs, subdirectory=subdirectory or None)
    (wheel,) = wheels(select_one(tmp_path, artifact), cache)
    assert (wheel.name, wheel.version) == ("alpha", "1.0")


def test_a_commit_that_is_not_there(index, tmp_path, cache):
    root, _ = repository(tmp_path)
    artifact = Artifact(name="alpha", url=None, vcs=(root.as_uri(), "0" * 40))
    with pytest.raises(ExternalError, match="could not check out `file://"):
        wheels(select_one(tmp_path, artifact), cache)


def archive(tmp_path: Path, kind: str) -> Artifact:
    tree = directory_of(tmp_path / "work")
    (tmp_path / "top/big/sub").parent.mkdir(parents=True)
    tree.rename(tmp_path / "top/big/sub")
    path = Path(shutil.make_archive(str(tmp_path / "v1"), kind, tmp_path / "top"))
    digest = sha256_file(path)
    return Artifact(name=path.name, url=None, path=str(path), sha256=digest, subdirectory="sub")


@pytest.mark.parametrize("kind", ["zip", "gztar"])
def test_a_subdirectory_of_an_archive(index, tmp_path, cache, kind):
    (wheel,) = wheels(select_one(tmp_path, archive(tmp_path, kind)), cache)
    assert wheel.name == "alpha"


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_an_archive_that_cannot_be_unpacked(index, tmp_path, cache, kind):
    path = tmp_path / f"alpha-1.0.{kind}"
    path.write_bytes(b"no archive")
    artifact = Artifact(
        name=path.name, url=None, path=str(path), sha256=sha256_file(path), subdirectory="sub"
    )
    with pytest.raises(SparkferryError) as caught:
        wheels(select_one(tmp_path, artifact), cache)
    assert "could not unpack `alpha-1.0" in said(caught.value)


def test_an_archive_with_many_tops(index, tmp_path, cache):
    path = tmp_path / "alpha-1.0.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("a/x", "")
        made.writestr("b/x", "")
    artifact = Artifact(
        name=path.name, url=None, path=str(path), sha256=sha256_file(path), subdirectory="a"
    )
    with pytest.raises(DiagnosticsError) as caught:
        wheels(select_one(tmp_path, artifact), cache)
    assert "could not unpack `alpha-1.0.zip`" in said(caught.value)


def test_a_build_that_fails_shows_its_output(index, tmp_path, cache):
    tree = directory_of(tmp_path)
    (tree / "backend.py").write_text("raise RuntimeError('no compiler today')")
    with pytest.raises(ExternalError, match="could not build a wheel of `alpha`") as caught:
        wheels(select_one(tmp_path, Artifact(name="alpha", url=None, path=str(tree))), cache)
    assert "no compiler today" in caught.value.message


def test_pure_python_is_built_for_any_platform(index, tmp_path, cache):
    artifact = Artifact(name="alpha", url=None, path=str(directory_of(tmp_path)))
    (wheel,) = wheels(select_one(tmp_path, artifact, ELSEWHERE), cache)
    assert wheel.filename == "alpha-1.0-py3-none-any.whl"


def native_tag() -> str:
    python = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    machine = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}[HERE.platform]
    return f"{python}-{python}-linux_{machine}"


def test_compiled_code_is_built_for_this_platform_only(index, tmp_path, cache):
    tree = directory_of(tmp_path, tag=native_tag())
    artifact = Artifact(name="alpha", url=None, path=str(tree))
    assert wheels(select_one(tmp_path, artifact), cache)[0].filename.endswith(f"{native_tag()}.whl")
    for place in (ELSEWHERE, OLDER):
        with pytest.raises(DiagnosticsError) as caught:
            wheels(select_one(tmp_path, artifact, place), cache)
        assert f"built here from source, it becomes `alpha-1.0-{native_tag()}" in said(caught.value)
        assert "pack on a machine like the target" in caught.value.diagnostics[0].hint


def test_a_build_that_fails_for_another_platform_names_the_ways_out(index, tmp_path, cache):
    tree = directory_of(tmp_path)
    (tree / "backend.py").write_text("raise RuntimeError('no compiler today')")
    artifact = Artifact(name="alpha", url=None, path=str(tree))
    with pytest.raises(DiagnosticsError) as caught:
        wheels(select_one(tmp_path, artifact, ELSEWHERE), cache)
    assert "no wheel of it for" in said(caught.value)
    assert "pack on a machine like the target" in caught.value.diagnostics[0].hint


@pytest.mark.parametrize(
    ("artifact", "message"),
    [
        (Artifact(name="alpha", url=None, path="/nowhere/alpha"), "there is no directory"),
        (
            Artifact(name="a-1-py3-none-any.whl", url=None, path="/nowhere/a.whl", sha256="0" * 64),
            "there is no file",
        ),
    ],
)
def test_a_path_that_is_not_there(index, tmp_path, cache, artifact, message):
    with pytest.raises(UserError) as caught:
        wheels(select_one(tmp_path, artifact), cache)
    assert message in said(caught.value)


def test_a_local_wheel_with_another_hash(index, tmp_path, cache):
    path = make_wheel(tmp_path, "alpha")
    artifact = Artifact(name=path.name, url=None, path=str(path), sha256="0" * 64)
    with pytest.raises(ExternalError, match="could not verify"):
        wheels(select_one(tmp_path, artifact), cache)


def test_the_source_of_another_package(index, tmp_path, cache):
    tree = directory_of(tmp_path, name="beta")
    with pytest.raises(DiagnosticsError) as caught:
        wheels(select_one(tmp_path, Artifact(name="alpha", url=None, path=str(tree))), cache)
    assert "its source is of another package, `beta`" in said(caught.value)


def test_a_python_that_is_nowhere(index, tmp_path, cache):
    artifact = Artifact(name="alpha", url=None, path=str(directory_of(tmp_path)))
    missing = msgspec.structs.replace(HERE, python="3.77")
    with pytest.raises(ExternalError, match="could not build a wheel of `alpha`"):
        wheels(select_one(tmp_path, artifact, missing), cache)


def said(error: SparkferryError) -> str:
    found = error.diagnostics if isinstance(error, DiagnosticsError) else ()
    return "\n".join([error.message, *(str(item) for item in found)])
