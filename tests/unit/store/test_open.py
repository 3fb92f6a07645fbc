import subprocess
from pathlib import Path

import pytest

from sparkferry.base.cache import Cache
from sparkferry.env import Env
from sparkferry.errors import UserError
from sparkferry.store.open import open_store

ENV = Env(cache=Cache(Path("nowhere")), environ={})


def opened(url: str, root: Path) -> str:
    return open_store(url, root, ENV).url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (".sparkferry/store", "{root}/.sparkferry/store"),
        ("stores/a b", "{root}/stores/a b"),
        ("/data/store", "/data/store"),
        ("c:/odd", "{root}/c:/odd"),
        ("./a:b", "{root}/a:b"),
        ("file:///data/my%20store", "/data/my store"),
        ("file:/data/store", "/data/store"),
        ("file://localhost/data", "/data"),
        ("FILE:///data/%C3%BC", "/data/ü"),
    ],
)
def test_words_that_name_a_directory(url: str, expected: str, tmp_path: Path) -> None:
    assert opened(url, tmp_path) == expected.format(root=tmp_path)


def test_the_home_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert opened("~/store", tmp_path) == str(tmp_path / "home" / "store")


def test_an_unknown_home_directory(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="home directory is not known"):
        opened("~nobody-of-this-name/store", tmp_path)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "it is not a path"),
        ("nul\0", "it is not a path"),
        ("file://home/x", "`home` stands where a URL has its host"),
        ("file:relative", "it is not an absolute path"),
        ("file://", "it is not an absolute path"),
        ("file:///a%00b", "it is not an absolute path"),
        ("file:///a?b", "no `\\?` and no `#`"),
        ("file:///a#b", "no `\\?` and no `#`"),
        ("s3a://bucket/x", "no stores of the kind `s3a`"),
        ("hdfs:/data", "it names no bucket"),
        ("s3:///data", "it names no bucket"),
        ("gs://bucket/a?b", "no `\\?` and no `#`"),
        ("gs://bucket/a//b", "has an empty part"),
        ("az://container/x", "no variable names it"),
    ],
)
def test_words_that_name_none(url: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=reason) as caught:
        open_store(url, tmp_path, ENV)
    assert caught.value.hint


def test_a_host_in_a_file_url_is_explained(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        open_store("file://home/x", tmp_path, ENV)
    assert caught.value.hint == "for a directory of this machine write `file:///home/x`"


def test_a_password_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        open_store("webdav://me:hunter2@example.invalid/x", tmp_path, ENV)
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize("url", [".sparkferry/store", "stores/mine", "file://{root}/.sparkferry/s"])
def test_git_sees_nothing_of_a_store_inside_the_project(url: str, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "stores").mkdir()
    open_store(url.format(root=tmp_path), tmp_path, ENV).put("a/b", b"")
    seen = subprocess.run(
        ["git", "-C", tmp_path, "status", "--porcelain", "-uall"], check=True, capture_output=True
    )
    assert seen.stdout == b""


@pytest.mark.parametrize("url", ["{root}", "{root}/../elsewhere"])
def test_directories_that_are_not_the_stores_are_not_touched(url: str, tmp_path: Path) -> None:
    root = tmp_path / "project"
    open_store(url.format(root=root), root, ENV).put("a", b"")
    assert not list(tmp_path.rglob(".gitignore"))
