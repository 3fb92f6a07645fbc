"""Local directories: what is built from them is what `uv build` gives in place."""

import shutil
from pathlib import Path

import pytest

from sparkferry.base.cache import Cache
from support.builds import build_directory, content
from support.repository import Repository, write
from support.tagged import build_in_place, write_tagged


def member(repository: Repository) -> Path:
    return repository.top / "libs/alpha"


@pytest.fixture
def versions(monorepo: Repository, cache: Cache, tmp_path: Path):
    """Build the member in place and from a copy, and return both versions."""

    def build() -> tuple[str, str]:
        in_place = build_in_place(member(monorepo), tmp_path / "out")
        return in_place, build_directory(member(monorepo), cache, monorepo.top).version

    return build


def test_a_tag_names_the_version(versions):
    assert versions() == ("1.2.0", "1.2.0")


def test_a_commit_after_the_tag(monorepo, versions):
    monorepo.commit()
    in_place, built = versions()
    assert built == in_place
    assert built.startswith("1.2.0+1.g")


def test_a_tag_that_comes_after_the_first_build(monorepo, versions):
    versions()
    monorepo.git("tag", "-a", "v1.3.0", "-m", "annotated")
    assert versions() == ("1.3.0", "1.3.0")


@pytest.mark.parametrize("path", ["libs/alpha/backend.py", "README.md"])
def test_a_changed_file_anywhere_in_the_repository(monorepo, versions, path):
    versions()
    with (monorepo.top / path).open("a") as stream:
        stream.write("\n# changed\n")
    assert versions() == ("1.2.0+dirty", "1.2.0+dirty")


def test_a_removed_file(monorepo, versions):
    (monorepo.top / "README.md").unlink()
    in_place, built = versions()
    assert built == in_place
    assert "dirty" in built


def test_a_staged_file(monorepo, versions):
    write(monorepo.top, {"new": "x"})
    monorepo.git("add", "new")
    in_place, built = versions()
    assert built == in_place
    assert "dirty" in built


def test_untracked_files_change_no_version(monorepo, versions):
    write(monorepo.top, {"new": "x", "libs/alpha/new": "x", "data/new": "x"})
    assert versions() == ("1.2.0", "1.2.0")


def test_git_status_is_the_same_in_the_copy(monorepo, cache):
    write(monorepo.top, {"new": "x", "more/new": "x", "data/new": "x", "README.md": "two"})
    here = monorepo.git("status", "--porcelain").decode().strip()
    assert content(build_directory(member(monorepo), cache, monorepo.top), "status") == here
    assert here


def test_files_above_the_directory(monorepo, cache):
    for text in ("one", "two"):
        write(monorepo.top, {"README.md": text})
        built = build_directory(member(monorepo), cache, monorepo.top)
        assert content(built, "README.md") == text


@pytest.mark.parametrize("path", ["libs/VERSION", "libs/alpha/generated"])
def test_generated_files_that_git_ignores(monorepo, cache, path):
    for text in ("one", "two"):
        write(monorepo.top, {path: text})
        built = build_directory(member(monorepo), cache, monorepo.top)
        assert content(built, Path(path).name) == text


def test_files_that_git_does_not_compare(monorepo, cache):
    monorepo.commit({"libs/alpha/generated": "one"})
    monorepo.git("add", "-f", "libs/alpha/generated")
    monorepo.commit()
    monorepo.git("update-index", "--assume-unchanged", "libs/alpha/generated")
    for text in ("one", "two"):
        write(monorepo.top, {"libs/alpha/generated": text})
        assert content(build_directory(member(monorepo), cache), "generated") == text


def test_an_unchanged_repository_is_not_built_again(monorepo, cache, monkeypatch):
    first = build_directory(member(monorepo), cache, monorepo.top)
    (monorepo.top / "README.md").touch()
    write(monorepo.top, {"data/new": "x", ".venv/x": "x", "libs/alpha/__pycache__/x.pyc": "x"})
    monkeypatch.setattr("sparkferry.layers.wheels.build.uv", None)
    assert build_directory(member(monorepo), cache, monorepo.top) == first


def test_a_build_leaves_the_repository_as_it_is(monorepo, cache):
    write(monorepo.top, {"new": "x", "data/new": "x", "README.md": "two"})
    before = monorepo.state()
    build_directory(member(monorepo), cache, monorepo.top)
    assert monorepo.state() == before
    assert list((cache.root / "tmp").iterdir()) == []


def test_two_members_with_tags_of_their_own(monorepo, cache):
    for name in ("core", "api"):
        write_tagged(monorepo.top / "libs" / name, name, prefix=f"{name}-v")
    monorepo.commit()
    monorepo.git("tag", "core-v2.0")
    monorepo.git("tag", "-a", "-m", "annotated", "api-v3.1")
    libs = monorepo.top / "libs"
    assert build_directory(libs / "core", cache, monorepo.top, "core").version == "2.0"
    assert build_directory(libs / "api", cache, monorepo.top, "api").version == "3.1"


def test_a_linked_worktree(monorepo, cache, tmp_path):
    place = tmp_path / "linked worktree"
    monorepo.git("worktree", "add", "-q", str(place), "-b", "other")
    linked = Repository(place).commit()
    linked.git("tag", "v4.0")
    assert build_directory(place / "libs/alpha", cache, place).version == "4.0"
    assert build_directory(member(monorepo), cache, monorepo.top).version == "1.2.0"


def test_a_path_with_spaces_and_accents(monorepo, cache, tmp_path):
    place = tmp_path / "José's Büro #1"
    shutil.move(monorepo.top, place)
    assert build_directory(place / "libs/alpha", cache, place).version == "1.2.0"


def test_a_path_dependency_outside_of_the_project(monorepo, cache, tmp_path):
    Repository.create(tmp_path / "app").commit().git("tag", "v9.0")
    built = build_directory(member(monorepo), cache, tmp_path / "app")
    assert built.version == "1.2.0"


def test_a_submodule_has_its_own_tags_and_sees_what_is_above(monorepo, cache, tmp_path):
    outer = Repository.create(tmp_path / "outer")
    write(outer.top, {"README.md": "outer", "pyproject.toml": ""})
    outer.git("submodule", "--quiet", "add", monorepo.top.as_uri(), "libs/inner")
    outer.commit().git("tag", "v7.0")
    inner = write_tagged(outer.top / "libs/inner", "alpha", reads=("../../README.md",))
    Repository(inner).commit().git("tag", "v5.0")
    for text in ("outer", "changed"):
        write(outer.top, {"README.md": text})
        built = build_directory(inner, cache, outer.top)
        assert (built.version, content(built, "README.md")) == ("5.0", text)


def test_changes_in_a_submodule_of_the_repository(monorepo, cache, tmp_path, versions):
    other = Repository.create(tmp_path / "other").commit()
    monorepo.git("submodule", "--quiet", "add", other.top.as_uri(), "libs/alpha/vendored")
    monorepo.commit().git("tag", "v2.0")
    assert versions() == ("2.0", "2.0")
    write(monorepo.top, {"libs/alpha/vendored/pyproject.toml": "changed"})
    assert versions() == ("2.0+dirty", "2.0+dirty")


def test_a_sparse_checkout(monorepo, versions):
    monorepo.commit({"big/data.csv": "x"}).git("tag", "v2.0")
    monorepo.git("sparse-checkout", "set", "libs")
    assert not (monorepo.top / "big").exists()
    assert versions() == ("2.0", "2.0")


def test_a_repository_that_git_cannot_read(monorepo, cache):
    shutil.rmtree(monorepo.top / ".git")
    (monorepo.top / ".git").write_text("gitdir: /nowhere\n")
    built = build_directory(member(monorepo), cache, monorepo.top)
    assert built.version == "0.0.0"
    assert "not a git repository: /nowhere" in built.warnings[0].hint


def test_variables_of_a_hook_say_nothing_of_the_build(monorepo, cache, tmp_path, monkeypatch):
    other = Repository.create(tmp_path / "other").commit()
    other.git("tag", "v9.0")
    monkeypatch.setenv("GIT_DIR", str(other.top / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.top))
    assert build_directory(member(monorepo), cache, monorepo.top).version == "1.2.0"


def test_variables_that_give_a_version_are_part_of_the_key(tmp_path, cache, monkeypatch):
    read = "return __import__('os').environ.get('SETUPTOOLS_SCM_PRETEND_VERSION', '1.0')"
    tree = write_tagged(tmp_path / "alpha", "alpha", version=read)
    assert build_directory(tree, cache).version == "1.0"
    monkeypatch.setenv("SETUPTOOLS_SCM_PRETEND_VERSION", "8.0")
    assert build_directory(tree, cache).version == "8.0"


def test_the_date_in_the_version_of_a_changed_tree(monorepo, cache, tmp_path):
    today = (
        "import os, time; return '1.0+d' + time.strftime('%Y%m%d', time.gmtime(float("
        "os.environ.get('SOURCE_DATE_EPOCH', time.time()))))"
    )
    write_tagged(member(monorepo), "alpha", version=today)
    in_place = build_in_place(member(monorepo), tmp_path / "out")
    assert build_directory(member(monorepo), cache, monorepo.top).version == in_place
    monorepo.commit()
    assert build_directory(member(monorepo), cache, monorepo.top).version == "1.0+d20200101"


@pytest.mark.parametrize("project", ["", "app"])
def test_files_above_without_any_repository(tmp_path, cache, project):
    tree = write_tagged(
        tmp_path / "work/libs/alpha",
        "alpha",
        reads=("../../VERSION", "../common/schema.json"),
        version="return '1.0'",
    )
    (tmp_path / "work/app").mkdir()
    for text in ("one", "two"):
        files = {"VERSION": text, "libs/common/schema.json": text}
        write(tmp_path / "work", files)
        built = build_directory(tree, cache, tmp_path / "work" / project)
        assert content(built, "VERSION") == content(built, "schema.json") == text


def test_no_repository_above_the_cache_is_found(tmp_path):
    home = Repository.create(tmp_path / "home").commit()
    home.git("tag", "v9.0")
    tree = write_tagged(tmp_path / "elsewhere/alpha", "alpha", version="")
    assert build_directory(tree, Cache(home.top / ".cache")).version == "0.0.0"


@pytest.mark.parametrize("ignored", [True, False])
def test_a_cache_inside_of_the_directory(monorepo, ignored):
    if ignored:
        monorepo.commit({".gitignore": "cache\n"}).git("tag", "v2.0")
    version = build_directory(member(monorepo), Cache(member(monorepo) / "cache/below")).version
    assert version == ("2.0" if ignored else "1.2.0")


def test_data_that_git_ignores_is_linked_and_not_copied(monorepo, cache):
    data = member(monorepo) / "generated"
    with data.open("wb") as stream:
        stream.truncate(20 << 20)
    built = build_directory(member(monorepo), cache, monorepo.top)
    assert len(content(built, "generated")) == 20 << 20
