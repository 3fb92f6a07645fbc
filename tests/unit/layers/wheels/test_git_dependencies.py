"""Git dependencies: built from a full clone, as the lock names them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from sparkferry.base.cache import Cache
from sparkferry.errors import DiagnosticsError, ExternalError
from sparkferry.layers.model import Artifact
from support.builds import build_commit, build_one, content, select_one
from support.repository import Repository, write
from support.tagged import write_tagged

POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{7:064d}\nsize 123456\n"


@pytest.fixture
def library(tmp_path: Path) -> Repository:
    """A repository of one library, tagged v1.2.0."""
    top = write_tagged(tmp_path / "hosts/library", "alpha", reads=("vendored/data", "table.csv"))
    made = Repository(top)
    made.git("init", "-q", "-b", "main", ".")
    made.commit().git("tag", "v1.2.0")
    return made


@pytest.fixture
def files_allowed(monkeypatch):
    """Allow submodules by path, as `git config --global protocol.file.allow always` does."""
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "protocol.file.allow")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "always")


def test_a_tag_names_the_version(library, cache):
    assert build_commit(library, cache, "1.2.0").version == "1.2.0"


def test_an_annotated_tag_and_commits_after_it(library, cache):
    library.commit().git("tag", "-a", "v1.3.0", "-m", "annotated")
    library.commit().commit()
    described = library.git("describe", "--tags", "--abbrev=10").decode().strip()
    _, distance, commit = described.split("-")
    built = build_commit(library, cache, f"1.3.0+{distance}.{commit}")
    assert built.filename.startswith("alpha-1.3.0+2.g")


def test_origin_is_the_locked_address_and_nothing_is_changed(library, cache):
    built = build_commit(library, cache)
    assert content(built, "origin") == library.top.as_uri()
    assert content(built, "status") == ""


def test_a_subdirectory_with_tags_of_its_own(library, cache):
    write_tagged(library.top / "libs/core", "alpha", prefix="core-v", reads=("../../README",))
    library.commit({"README": "above"}).git("tag", "core-v3.0")
    built = build_commit(library, cache, "3.0", where="libs/core")
    assert content(built, "README") == "above"


def test_a_bare_repository_with_spaces_and_accents(library, cache, tmp_path):
    place = tmp_path / "José's Büro.git"
    library.git("clone", "-q", "--bare", ".", str(place))
    shutil.rmtree(library.top)
    bare = Repository(place)
    assert build_commit(bare, cache, "1.2.0").version == "1.2.0"
    assert list((cache.root / "tmp").iterdir()) == []


def test_a_commit_that_is_on_no_branch(library, cache):
    library.git("checkout", "-q", "--detach")
    library.commit({"more": "x"})
    library.git("update-ref", "refs/pull/1/head", "HEAD")
    library.git("config", "uploadpack.allowAnySHA1InWant", "true")
    commit = library.git("rev-parse", "HEAD").decode().strip()
    library.git("checkout", "-q", "main")
    vcs = (library.top.as_uri(), commit)
    selection = select_one(library.top.parent, Artifact(name="alpha", url=None, vcs=vcs))
    assert build_one(selection, cache).version.startswith("1.2.0+1.g")


def test_a_second_commit_fetches_only_what_is_new(library, cache, monkeypatch, tmp_path):
    build_commit(library, cache)
    (mirror,) = (cache.root / "git").iterdir()
    before = set(mirror.glob("objects/pack/*")) | set(mirror.glob("objects/??/*"))
    library.commit({"more": "x"})
    build_commit(library, cache)
    after = set(mirror.glob("objects/pack/*")) | set(mirror.glob("objects/??/*"))
    assert before <= after
    assert 0 < len(after - before) <= 5


def test_a_mirror_serves_without_its_repository(library, cache):
    library.commit({"more": "x"})
    build_commit(library, cache)
    commit = library.git("rev-parse", "v1.2.0").decode().strip()
    vcs = (library.top.as_uri(), commit)
    shutil.rmtree(library.top)
    selection = select_one(cache.root, Artifact(name="alpha", url=None, vcs=vcs), version="1.2.0")
    assert build_one(selection, cache).version == "1.2.0"


def test_a_tag_that_came_after_the_mirror(library, cache):
    built = build_commit(library, cache, "1.2.0")
    library.git("tag", "v1.4.0")
    assert build_commit(library, cache, "1.2.0") == built
    library.git("tag", "-d", "v1.2.0")
    assert build_commit(library, cache, "1.4.0").version == "1.4.0"


def test_another_version_than_locked_is_refused(library, cache):
    for _ in range(2):
        with pytest.raises(DiagnosticsError) as caught:
            build_commit(library, cache, "1.1.0")
        (problem,) = caught.value.diagnostics
        assert "`alpha 1.1.0`" in problem.message
        assert "builds as version 1.2.0, not as the locked 1.1.0" in problem.message
        assert problem.hint.startswith("lock again")
        assert caught.value.exit_code == 2


def test_a_variable_that_gives_another_version_is_named(library, cache, monkeypatch):
    read = "return __import__('os').environ.get('SETUPTOOLS_SCM_PRETEND_VERSION', '1.0')"
    write_tagged(library.top, "alpha", version=read)
    library.commit()
    assert build_commit(library, cache, "1.0").version == "1.0"
    monkeypatch.setenv("SETUPTOOLS_SCM_PRETEND_VERSION", "8.0")
    with pytest.raises(DiagnosticsError) as caught:
        build_commit(library, cache, "1.0")
    assert "unset SETUPTOOLS_SCM_PRETEND_VERSION" in caught.value.diagnostics[0].hint


def with_submodule(library: Repository, tmp_path: Path) -> Repository:
    """Add `vendored`, by an address relative to that of the library, and one inside of it."""
    inner = Repository.create(tmp_path / "hosts/inner").commit({"deep": "x"})
    other = Repository.create(tmp_path / "hosts/other").commit({"data": "of the submodule"})
    other.git("submodule", "--quiet", "add", inner.top.as_uri(), "inner")
    other.commit()
    library.git("submodule", "--quiet", "add", "../other", "vendored")
    library.git("config", "--file", ".gitmodules", "submodule.vendored.url", "../other")
    library.commit().git("tag", "v2.0")
    return other


def test_submodules_ship(library, cache, tmp_path, files_allowed):
    library.git("remote", "add", "origin", library.top.as_uri())
    with_submodule(library, tmp_path)
    built = build_commit(library, cache, "2.0")
    assert content(built, "data") == "of the submodule"
    assert content(built, "status") == ""


def test_a_submodule_that_is_not_there(library, cache, tmp_path, files_allowed):
    library.git("remote", "add", "origin", library.top.as_uri())
    shutil.rmtree(with_submodule(library, tmp_path).top)
    with pytest.raises(ExternalError, match=r"of the submodule `vendored`: .*") as caught:
        build_commit(library, cache, "2.0")
    assert "hosts/other" in caught.value.message


def test_a_submodule_by_path_is_gits_decision(library, cache, tmp_path):
    library.git("remote", "add", "origin", library.top.as_uri())
    with_submodule(library, tmp_path)
    with pytest.raises(ExternalError, match="transport 'file' not allowed") as caught:
        build_commit(library, cache, "2.0")
    assert "protocol.<name>.allow" in caught.value.hint


def test_a_submodule_that_is_switched_off(library, cache, tmp_path, files_allowed):
    library.git("remote", "add", "origin", library.top.as_uri())
    with_submodule(library, tmp_path)
    library.git("config", "--file", ".gitmodules", "submodule.vendored.update", "none")
    library.commit().git("tag", "v2.1")
    assert content(build_commit(library, cache, "2.1"), "data") == "none"


def test_a_repository_that_is_not_there(tmp_path, cache):
    vcs = ((tmp_path / "nowhere").as_uri(), "0" * 40)
    selection = select_one(tmp_path, Artifact(name="alpha", url=None, vcs=vcs))
    with pytest.raises(ExternalError, match="could not fetch `file://") as caught:
        build_one(selection, cache)
    assert "git ls-remote file://" in caught.value.hint


def test_a_commit_that_is_not_there(library, cache):
    vcs = (library.top.as_uri(), "1" * 40)
    selection = select_one(library.top, Artifact(name="alpha", url=None, vcs=vcs))
    with pytest.raises(ExternalError, match="the repository does not have this commit") as caught:
        build_one(selection, cache)
    assert "lock again" in caught.value.hint


def test_a_login_of_the_address_is_in_no_message(tmp_path, cache):
    vcs = ("ssh://user:secret@127.0.0.1:1/library.git", "0" * 40)
    selection = select_one(tmp_path, Artifact(name="alpha", url=None, vcs=vcs))
    with pytest.raises(ExternalError) as caught:
        build_one(selection, cache)
    assert "secret" not in f"{caught.value.message} {caught.value.hint}"


def test_git_that_is_not_installed(library, tmp_path, cache, monkeypatch):
    commit = library.git("rev-parse", "HEAD").decode().strip()
    vcs = (library.top.as_uri(), commit)
    selection = select_one(tmp_path, Artifact(name="alpha", url=None, vcs=vcs))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ExternalError, match="could not start `git`") as caught:
        build_one(selection, cache)
    assert "install `git`" in caught.value.hint


def test_a_git_that_was_killed_leaves_no_lock(library, cache):
    build_commit(library, cache)
    (mirror,) = (cache.root / "git").iterdir()
    (mirror / "packed-refs.lock").write_text("")
    (mirror / "refs/heads/main.lock").write_text("")
    library.commit({"more": "x"})
    assert build_commit(library, cache).version.startswith("1.2.0+1.g")


def test_hooks_of_the_users_templates_do_not_run(library, cache, tmp_path, monkeypatch):
    hook = tmp_path / "templates/hooks/post-checkout"
    write(tmp_path, {"templates/hooks/post-checkout": "#!/bin/sh\nexit 1\n"})
    hook.chmod(0o755)
    monkeypatch.setenv("GIT_TEMPLATE_DIR", str(tmp_path / "templates"))
    assert build_commit(library, cache).version == "1.2.0"


def test_a_pointer_of_git_lfs_does_not_ship(library, cache):
    library.commit({"table.csv": POINTER, ".gitattributes": "*.csv filter=lfs\n"})
    with pytest.raises(DiagnosticsError) as caught:
        build_commit(library, cache)
    (problem,) = caught.value.diagnostics
    assert (
        "`alpha/table.csv` of the wheel that it becomes is a pointer of Git LFS" in problem.message
    )
    assert "git-lfs" in problem.hint


LFS = """#!/bin/sh
case "$1" in
  install) git config filter.lfs.clean "git-lfs clean" && git config filter.lfs.smudge cat ;;
  clean) printf '%s' "$POINTER" ;;
  pull) printf 'a,b\\n' > table.csv ;;
esac
"""


def test_objects_of_git_lfs_ship_where_it_is_installed(library, cache, tmp_path, monkeypatch):
    library.commit({"table.csv": POINTER, ".gitattributes": "*.csv filter=lfs\n"})
    program = tmp_path / "bin/git-lfs"
    write(tmp_path, {"bin/git-lfs": LFS})
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("POINTER", POINTER)
    assert content(build_commit(library, cache), "table.csv") == "a,b\n"


def test_two_processes_that_want_one_repository(library, tmp_path):
    code = (
        "import sys; from pathlib import Path\n"
        "from sparkferry.base.cache import Cache\n"
        "from sparkferry.layers.wheels.checkouts import Commit, check_out\n"
        "url, commit, to, cache = sys.argv[1:]\n"
        "check_out(Commit(url=url, commit=commit), Path(to), Cache(Path(cache)))\n"
    )
    commit = library.git("rev-parse", "HEAD").decode().strip()
    import sys

    made = [
        subprocess.Popen(
            [
                sys.executable,
                "-c",
                code,
                library.top.as_uri(),
                commit,
                str(place),
                str(tmp_path / "c"),
            ]
        )
        for place in (tmp_path / "one", tmp_path / "two")
    ]
    assert [process.wait() for process in made] == [0, 0]
    assert (tmp_path / "one/backend.py").exists()
    assert (tmp_path / "two/backend.py").exists()
    assert len(list((Cache(tmp_path / "c").root / "git").iterdir())) == 1
