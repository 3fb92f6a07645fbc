"""Files that `include` names exactly are in the snapshot, ignored or not."""

import pytest

from sparkferry.errors import DiagnosticsError
from sparkferry.snapshot.create import create_snapshot
from sparkferry.snapshot.ignored import why_ignored
from sparkferry.snapshot.pin import pin_commit
from support.repository import MANIFEST, Repository, plain_git, project, write

__all__ = ["plain_git"]

FILES = {
    "pyproject.toml": MANIFEST,
    ".gitignore": "*.local.json\nsecret/\nbuild/\n",
    "conf/a.local.json": "{}",
    "conf/b.local.json": "{}",
    "build/table.csv": "1",
    "src/p.py": "",
}


def paths(root, *include, **settings):
    return [file.path for file in create_snapshot(project(root, include=include, **settings)).files]


@pytest.mark.parametrize("git", [True, False])
def test_a_file_by_its_exact_name(tmp_path, git):
    if git:
        Repository.create(tmp_path)
    write(tmp_path, FILES)
    plain = [".gitignore", "pyproject.toml", "src/p.py"]
    assert paths(tmp_path, "conf/*.json", "conf/", "build/") == plain
    named = paths(tmp_path, "conf/a.local.json", "/build/table.csv")
    assert named == sorted([*plain, "conf/a.local.json", "build/table.csv"])
    assert paths(tmp_path, "./conf/a.local.json", "!conf/a.local.json") == plain
    assert paths(tmp_path, "conf/none.json", ".git/config") == plain


def test_it_is_in_the_commit_that_is_kept(tmp_path):
    repository = Repository.create(tmp_path)
    write(tmp_path, FILES)
    kept = pin_commit(create_snapshot(project(tmp_path, include=("conf/a.local.json",))), "r1")
    listed = repository.archive(kept.ref)
    assert "conf/a.local.json" in listed
    assert "conf/b.local.json" not in listed


def test_it_is_guarded_like_any_other(tmp_path):
    write(tmp_path, {**FILES, "secret/cloud.json": '{"private_key": "x"}'})
    with pytest.raises(DiagnosticsError) as caught:
        paths(tmp_path, "secret/cloud.json")
    (found,) = caught.value.errors
    assert "it holds a `private_key`" in found.message
    assert "do not name it in `include`" in found.hint
    assert "secret/cloud.json" in paths(tmp_path, "secret/cloud.json", allow=("secret/cloud.json",))


def test_one_inside_of_a_submodule_keeps_the_rest_of_it(tmp_path):
    inner = Repository.create(tmp_path / "inner")
    inner.commit({"code.py": "", ".gitignore": "made.py\n"})
    outer = Repository.create(tmp_path / "outer")
    outer.git("submodule", "add", "-q", str(inner.top), "sub")
    outer.commit({**FILES, "sub/made.py": ""})
    kept = pin_commit(create_snapshot(project(outer.top, include=("sub/made.py",))), "r1")
    assert {"sub/made.py", "sub/code.py"} <= set(outer.archive(kept.ref))


@pytest.mark.parametrize("git", [True, False])
def test_the_line_that_ignores_a_file(tmp_path, git):
    if git:
        Repository.create(tmp_path)
    write(tmp_path, {**FILES, "src/.gitignore": "# made\n\nmade.py\r\n", "src/made.py": ""})
    assert why_ignored(tmp_path, "conf/a.local.json") == "`.gitignore:1` (`*.local.json`)"
    assert why_ignored(tmp_path, "build/table.csv") == "`.gitignore:3` (`build/`)"
    assert why_ignored(tmp_path, "src/made.py") == "`src/.gitignore:3` (`made.py`)"
    assert why_ignored(tmp_path, "src/p.py") is None
    assert why_ignored(tmp_path, ".venv/x.py") == "sparkferry, as all in `.venv`"
