"""`pack`, `render` and `gc` through the command line, on a real project; no Spark is started."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from sparkferry.cli.main import invoke
from support.laptop import edit
from support.projects import Laptop
from support.repository import Repository, plain_git
from support.tagged import write_tagged

__all__ = ["plain_git"]


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that must succeed and return its standard output."""
    capsys.readouterr()
    code = invoke(list(arguments))
    printed = capsys.readouterr()
    assert code == 0, printed.err
    return printed.out


def everything(demo: Laptop) -> set[str]:
    refs = subprocess.run(
        ["git", "for-each-ref"], cwd=demo.root, capture_output=True, text=True, check=True
    )
    files = {str(path) for path in demo.root.rglob("*") if ".git" not in path.parts}
    return {refs.stdout, *files}


def test_layer_digest_bytes_and_path(demo, capsys):
    before = everything(demo)
    lines = [line.split() for line in said(capsys, "pack").splitlines()]
    assert [line[0] for line in lines] == ["interpreter", "packages", "code"]
    for _, digest, size, path in lines:
        data = Path(path).read_bytes()
        assert (digest, int(size)) == (hashlib.sha256(data).hexdigest(), len(data))
    assert everything(demo) == before
    assert [line.split() for line in said(capsys, "pack").splitlines()] == lines


@pytest.fixture
def nothing_fetched(demo, tmp_path, monkeypatch):
    """A cache of the test's own: what is packed must be fetched. Each request is tried once."""
    monkeypatch.setenv("SPARKFERRY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")


@pytest.mark.parametrize(
    "environ",
    [
        {"NO_PROXY": "localhost,fd00::/8,[::1]", "HTTP_PROXY": "no proxy at all"},
        {"ALL_PROXY": "socks5h://127.0.0.1:1", "NO_PROXY": "127.0.0.0/8"},
    ],
)
@pytest.mark.usefixtures("nothing_fetched")
def test_proxy_variables_mean_what_they_mean_for_uv(demo, capsys, monkeypatch, environ):
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    said(capsys, "pack")
    assert demo.index.downloads[-1].startswith("alpha-1.0")


@pytest.mark.usefixtures("nothing_fetched")
def test_a_proxy_that_is_not_there_is_named(demo, capsys, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5h://127.0.0.1:1")
    capsys.readouterr()
    assert invoke(["pack"]) == 3
    printed = capsys.readouterr().err
    assert "through the proxy socks5h://127.0.0.1:1 of ALL_PROXY" in printed
    assert "fault of sparkferry" not in printed


def test_files_of_their_own_and_json(demo, capsys):
    told = json.loads(said(capsys, "pack", "--to", "dist", "--json"))
    assert told["packages"] == {"alpha": "1.0"}
    assert told["spark"].startswith("4.0.")
    for layer in told["layers"]:
        data = Path(layer["path"]).read_bytes()
        assert (layer["sha256"], layer["bytes"]) == (hashlib.sha256(data).hexdigest(), len(data))
    assert {path.name for path in Path("dist").iterdir()} == {
        ".gitignore", "python.tar.gz", "packages.zip", "code.zip",
    }  # fmt: skip
    again = json.loads(said(capsys, "pack", "--to", "dist", "--json"))
    assert again == told


def test_a_directory_of_the_user_is_not_hidden_from_git(demo, capsys):
    (demo.root.parent / "mine").mkdir()
    said(capsys, "pack", "--to", "../mine")
    assert not (demo.root.parent / "mine/.gitignore").exists()


def test_a_change_of_the_code_makes_only_another_code_layer(demo, capsys):
    before = said(capsys, "pack").splitlines()
    edit(demo.root / "src/demo/jobs.py", "return n", "return n + 1")
    after = said(capsys, "pack").splitlines()
    assert before[:2] == after[:2]
    assert before[2] != after[2]


def test_a_place_that_cannot_be_written(demo, capsys):
    assert invoke(["pack", "--to", "pyproject.toml/x"]) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "error: could not write the layers to `pyproject.toml/x`: Not a directory" in printed.err


def test_render_shows_the_request_and_leaves_nothing(demo, capsys):
    before = everything(demo)
    asked = ("count", "--set", "source=a b", "--conf", "spark.x=y", "--run-id", "count-1")
    text = said(capsys, "render", *asked)
    assert text.startswith("PYTHONHASHSEED=0 spark-submit ")
    assert "--name count-1" in text
    assert "--conf spark.x=y" in text
    assert everything(demo) == before

    told = json.loads(said(capsys, "render", *asked, "--json"))
    assert set(told) == {"plan", "request"}
    assert told["plan"]["sets"] == {"source": "a b"}
    assert told["plan"]["job"]["args"] == {"n": 3}
    assert told["plan"]["packages"] == {"alpha": "1.0"}
    assert everything(demo) == before


def test_render_of_a_script_with_its_arguments(demo, capsys):
    told = json.loads(said(capsys, "render", "tool", "--json", "--", "--set", "a b"))
    assert told["plan"]["argv"] == ["--set", "a b"]


def test_gc_says_what_would_go_and_then_deletes_it(demo, capsys, monkeypatch):
    monkeypatch.setenv("SPARKFERRY_CACHE_DIR", str(demo.root.parent / "own-cache"))
    packed = [Path(line.split()[3]) for line in said(capsys, "pack").splitlines()]
    assert said(capsys, "gc") == "0\n"
    would = int(said(capsys, "gc", "--days", "0", "--dry-run"))
    assert would >= sum(path.stat().st_size for path in packed)
    told = json.loads(said(capsys, "gc", "--days", "0", "--json"))
    assert told == {"store": 0, "cache": would, "keys": [], "images": []}
    assert not any(path.exists() for path in packed)


def test_the_target_s_own_spark(demo, capsys, tmp_path):
    assert invoke(["pack", "-o", f"targets.local.spark-home={tmp_path}"]) == 2
    assert "there is no `bin/spark-submit` in it" in capsys.readouterr().err


def test_a_checkout_that_windows_edited_packs_the_same(demo, capsys):
    assert invoke(["pack"]) == 0
    (packed,) = [x for x in capsys.readouterr().out.splitlines() if x.startswith("packages ")]
    for name in ("pyproject.toml", "uv.lock"):
        path = demo.root / name
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert invoke(["check"]) == invoke(["pack"]) == 0
    assert packed in capsys.readouterr().out.splitlines()


def library(demo: Laptop) -> Repository:
    """A repository beside the project, of a library that takes its version from tags."""
    made = Repository(write_tagged(demo.root.parent / "library", "tagged"))
    made.git("init", "--quiet", ".")
    return made.commit()


def depend_on(demo: Laptop, source: str) -> None:
    """Let the project depend on `tagged` as well, from there."""
    edit(demo.root / "pyproject.toml", "'alpha'", "'alpha', 'tagged'")
    with (demo.root / "pyproject.toml").open("a") as stream:
        stream.write(f"\n[tool.uv.sources]\ntagged = {{ {source} }}\n")
    demo.uv("lock")


def test_a_git_dependency_has_the_version_of_its_tag(demo, capsys):
    made = library(demo)
    made.git("tag", "v3.1.0")
    depend_on(demo, f"git = '{made.top.as_uri()}'")
    assert json.loads(said(capsys, "pack", "--json"))["packages"]["tagged"] == "3.1.0"


def test_a_git_dependency_whose_tags_moved_since_it_was_locked(demo, capsys):
    made = library(demo)
    made.git("tag", "v3.1.0")
    depend_on(demo, f"git = '{made.top.as_uri()}'")
    made.git("tag", "-d", "v3.1.0")
    made.git("tag", "v4.0")
    assert invoke(["pack"]) == 2
    printed = capsys.readouterr().err
    assert "builds as version 4.0, not as the locked 3.1.0" in printed
    assert "hint: lock again" in printed


def test_a_version_that_was_made_up_is_told_each_time(demo, capsys):
    depend_on(demo, f"path = '{library(demo).top}'")
    for _ in range(2):
        capsys.readouterr()
        assert invoke(["pack"]) == 0
        printed = capsys.readouterr().err
        assert "warning: `tagged` was built as version 0.0.0" in printed
        assert "`git fetch --tags`" in printed
