from pathlib import Path

import pytest

from sparkferry.findings import code_findings
from sparkferry.snapshot.create import create_snapshot
from support.repository import Repository, plain_git, project, write

__all__ = ["plain_git"]

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 123456\n" % (b"7" * 64)
POINTERS = {
    "data/t.parquet": (LFS, "a pointer of Git LFS", "git lfs pull"),
    "data/old.bin": (
        LFS.replace(b"git-lfs.github", b"hawser.github"),
        "a pointer of Git LFS",
        "git lfs pull",
    ),
    "data/annexed.csv": (
        b"/annex/objects/SHA256E-s30--%s.csv\n" % (b"a" * 64),
        "a pointer of git-annex",
        "git annex get",
    ),
    "data/.t.csv.icloud": (b"bplist00\xd3", "a placeholder of a file in iCloud", "Finder"),
}


def findings(root: Path, **settings: object) -> list[tuple[str, str, str | None]]:
    loaded = project(root, include=("data/**",), **settings)
    return [(x.severity, x.message, x.hint) for x in code_findings(loaded, create_snapshot(loaded))]


@pytest.mark.parametrize("path", POINTERS)
def test_a_pointer_that_would_ship_is_an_error_with_its_remedy(path: str, tmp_path: Path):
    content, what, remedy = POINTERS[path]
    top = Repository.create(tmp_path / "p").commit({path: content, "src/a.py": ""}).top
    ((severity, message, hint),) = findings(top)
    assert severity == "error"
    assert message == f"could not ship `{path}`: it is {what} in place of its content".replace(
        "iCloud in place of its content", "iCloud"
    )
    assert remedy in hint
    assert f'snapshot.allow = ["{path}"]' in hint
    assert findings(top, allow=(path,)) == []


def test_a_pointer_that_does_not_ship_and_a_text_about_pointers_are_fine(tmp_path: Path):
    text = b"# " + LFS + LFS * 20
    files = {"docs/t.png": LFS, "data/about.md": text, "data/long": LFS * 20, "src/a.py": LFS[:0]}
    assert findings(Repository.create(tmp_path / "p").commit(files).top) == []


def test_a_file_that_dvc_has_not_fetched_is_told_of(tmp_path: Path):
    top = (
        Repository.create(tmp_path / "p").commit({"data/t.csv.dvc": "outs:\n", "src/a.py": ""}).top
    )
    assert findings(top) == [
        ("warning", "`data/t.csv` does not ship: DVC has not fetched it", "fetch it: `dvc pull`")
    ]
    write(top, {"data/t.csv": "1"})
    assert findings(top) == []


def test_links_to_nothing_are_told_of(tmp_path: Path):
    top = Repository.create(tmp_path / "p").commit({"src/a.py": ""}).top
    (top / "data").mkdir()
    (top / "data/gone").symlink_to("../nowhere/x")
    (top / "data/annexed").symlink_to("../.git/annex/objects/Xq/Zz/SHA256E-s3--a/SHA256E-s3--a")
    (top / "elsewhere").symlink_to("nothing")
    assert findings(top) == [
        (
            "warning",
            "`data/annexed` does not ship: git-annex has not fetched it",
            "fetch it: `git annex get`",
        ),
        (
            "warning",
            "`data/gone` does not ship: it is a symbolic link to `../nowhere/x`, which is not there",
            "create what it points to, or remove it",
        ),
    ]


def test_a_submodule_without_content_is_told_of(tmp_path: Path):
    inner = Repository.create(tmp_path / "inner").commit({"a.csv": "1"})
    outer = Repository.create(tmp_path / "outer").commit({"src/a.py": ""})
    for path in ("data/inner", "docs"):
        outer.git("submodule", "add", "-q", str(inner.top), path)
    outer.commit()
    assert findings(outer.top) == []
    outer.git("submodule", "deinit", "-q", "--all")
    assert [x[:2] for x in findings(outer.top)] == [
        ("warning", "`data/inner` does not ship: it is a submodule that is not checked out")
    ]


def test_a_link_that_was_checked_out_as_text_is_told_of(tmp_path: Path):
    repository = Repository.create(tmp_path / "p")
    (repository.top / "data").mkdir()
    (repository.top / "data/link").symlink_to("../pyproject.toml")
    repository.commit({"src/a.py": ""})
    repository.git("config", "core.symlinks", "false")
    (repository.top / "data/link").unlink()
    repository.git("checkout", "-q", "--", "data/link")
    assert (repository.top / "data/link").read_text() == "../pyproject.toml"
    assert [x[:2] for x in findings(repository.top)] == [
        ("warning", "`data/link` ships as a text file with a name: it is a symbolic link in Git")
    ]
