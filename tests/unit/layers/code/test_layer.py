import os
import zipfile
from pathlib import Path

import pytest

from sparkferry.base.cache import Cache
from sparkferry.errors import DiagnosticsError, ExternalError, UserError
from sparkferry.layers import zipwriter
from sparkferry.layers.code.contents import BOOTSTRAP
from sparkferry.layers.code.layer import code_layer, code_warnings, entry_problems
from sparkferry.layers.model import Layer
from sparkferry.project.model import Job, Project
from sparkferry.snapshot.create import create_snapshot
from support.repository import MANIFEST, Repository, plain_git, project, write

__all__ = ["plain_git"]


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def make(root: Path, *paths: str) -> Path:
    write(root, {"pyproject.toml": MANIFEST, **dict.fromkeys(paths, "")})
    return root


def pack(loaded: Project, cache: Cache) -> Layer:
    return code_layer(loaded, create_snapshot(loaded), cache)


def names(layer: Layer) -> list[str]:
    with zipfile.ZipFile(layer.path) as archive:
        assert archive.testzip() is None
        return [
            name
            for name in archive.namelist()
            if name != BOOTSTRAP and not name.startswith("sparkferry/")
        ]


def messages(loaded: Project, cache: Cache) -> list[str]:
    with pytest.raises(DiagnosticsError, match="could not pack the code") as caught:
        pack(loaded, cache)
    return [item.message for item in caught.value.errors]


def test_the_content_of_src_is_at_the_root_with_its_data(tmp_path: Path, cache: Cache):
    root = make(
        tmp_path / "p",
        "src/shop/__init__.py",
        "src/shop/data/table.csv",
        "src/shop/old.pyc",
        "src/space/inner/a.py",
        "tests/test_a.py",
        "setup.py",
        "README.md",
    )
    found = names(pack(project(root), cache))
    assert found == ["shop/__init__.py", "shop/data/table.csv", "space/inner/a.py"]


def test_without_src_packages_and_modules_ship_and_tests_do_not(tmp_path: Path, cache: Cache):
    root = make(
        tmp_path / "p",
        "shop/__init__.py",
        "shop/deep/a.py",
        "shop/data.csv",
        "tests/__init__.py",
        "tests/test_a.py",
        "docs/conf.py",
        "tool.py",
        "setup.py",
        "conftest.py",
        "test_tool.py",
        "notes.txt",
    )
    expected = ["shop/__init__.py", "shop/data.csv", "shop/deep/a.py", "tool.py"]
    assert names(pack(project(root), cache)) == expected
    assert names(pack(project(root, source="."), cache)) == expected


def test_source_names_the_directory(tmp_path: Path, cache: Cache):
    root = make(tmp_path / "p", "python/lib/a.py", "src/b.py")
    assert names(pack(project(root, source="./python/lib/"), cache)) == ["a.py"]


def test_a_source_without_files_is_an_error(tmp_path: Path, cache: Cache):
    root = make(tmp_path / "p", "python/lib/a.py", "ignored/a.py", ".gitignore")
    (root / ".gitignore").write_text("ignored\n")
    assert messages(project(root, source="ignored"), cache) == [
        "could not ship `ignored`: it holds no file that is not ignored"
    ]


def test_included_files_and_scripts_keep_their_path(tmp_path: Path, cache: Cache):
    root = make(
        tmp_path / "p",
        "src/shop/__init__.py",
        "conf/base/a.yml",
        "conf/base/line\nbreak/b.yml",
        "conf/local/b.yml",
        "jobs/report.py",
        "jobs/other.py",
    )
    loaded = project(
        root,
        include=("conf/**", "conf/base/*", "!conf/local/"),
        jobs={"report": Job(script="./jobs/report.py")},
    )
    assert names(pack(loaded, cache)) == [
        "conf/base/a.yml",
        "conf/base/line\nbreak/b.yml",
        "jobs/other.py",
        "jobs/report.py",
        "shop/__init__.py",
        "sitecustomize.py",
    ]


def test_the_runtime_travels_with_its_starter(tmp_path: Path, cache: Cache):
    layer = pack(project(make(tmp_path / "p")), cache)
    with zipfile.ZipFile(layer.path) as archive:
        found = archive.namelist()
        compile(archive.read(BOOTSTRAP), BOOTSTRAP, "exec")
    assert {"sparkferry/__init__.py", "sparkferry/runtime/__init__.py"} < set(found)
    assert not [name for name in found if name.startswith("sparkferry/snapshot")]
    assert found == sorted(found)


def test_same_files_give_same_bytes_wherever_and_whenever(tmp_path: Path, cache: Cache):
    one = make(tmp_path / "one", "src/a.py", "src/b/c.txt")
    other = Repository.create(tmp_path / "elsewhere" / "other").top
    make(other, "src/b/c.txt", "src/a.py")
    for number, path in enumerate(("src/a.py", "src/b/c.txt")):
        os.utime(other / path, (number, number))
        (other / path).chmod(0o600)
    layer = pack(project(one), cache)
    assert pack(project(other), Cache(tmp_path / "cache2")).digest == layer.digest
    with zipfile.ZipFile(layer.path) as archive:
        facts = {(item.date_time, item.external_attr >> 16) for item in archive.infolist()}
    assert facts == {((1980, 1, 1, 0, 0, 0), 0o100644)}
    (other / "src/a.py").chmod(0o755)
    assert pack(project(other), cache).digest != layer.digest


def test_two_files_for_one_place_are_named(tmp_path: Path, cache: Cache):
    root = make(tmp_path / "p", "src/conf/a.yml", "conf/a.yml", "src/data", "data/x.csv")
    assert messages(project(root, include=("/conf/**", "/data/**")), cache) == [
        "could not ship `src/conf/a.yml` and `conf/a.yml`: both would be `conf/a.yml` on the cluster",
        "could not ship `src/data` and `data/x.csv`: both would be `data` on the cluster",
    ]


def test_the_names_of_the_runtime_are_taken(tmp_path: Path, cache: Cache):
    root = make(tmp_path / "p", "src/sparkferry/a.py", "src/sparkferry_main.py")
    assert messages(project(root), cache) == [
        "could not ship `src/sparkferry/a.py`: `sparkferry` is the runtime's own name",
        "could not ship `src/sparkferry_main.py`: `sparkferry` is the runtime's own name",
    ]


def test_a_name_that_is_not_utf8_is_an_error_where_it_ships(tmp_path: Path, cache: Cache):
    root = make(
        tmp_path / "p", os.fsdecode(b"src/\xff.py"), os.fsdecode(b"docs/\xff.md"), "src/é\n.py"
    )
    (found,) = messages(project(root), cache)
    assert (
        found == r"could not ship `src/\udcff.py`: its name is not UTF-8, so Spark cannot unpack it"
    )
    (root / os.fsdecode(b"src/\xff.py")).unlink()
    assert names(pack(project(root), cache)) == ["é\n.py"]


def test_a_pattern_that_names_nothing_is_an_error_at_its_place(tmp_path: Path, cache: Cache):
    root = make(tmp_path / "p", "src/a.py", "models/a.pkl", "models/sub/b.pkl")
    (root / ".gitignore").write_text("*.pkl\n")
    loaded = project(root, include=("models/**", "conf/**", "src/*"))
    with pytest.raises(DiagnosticsError) as caught:
        pack(loaded, cache)
    assert [str(item) for item in caught.value.errors] == [
        (
            "pyproject.toml:5: error: could not include `models/**`: "
            "it matches only ignored files, as `models/a.pkl`"
        ),
        "pyproject.toml:5: error: could not include `conf/**`: it matches no file",
    ]


def test_a_pattern_that_is_none_is_an_error(tmp_path: Path, cache: Cache):
    with pytest.raises(UserError, match="could not read the `include` patterns"):
        pack(project(make(tmp_path / "p"), include=("!",)), cache)


def test_a_large_file_is_stored_as_it_is(tmp_path: Path, cache: Cache, monkeypatch):
    monkeypatch.setattr(zipwriter, "_LARGE", 1000)
    root = make(tmp_path / "p", "src/a.py")
    (root / "src/a.py").write_text("#" * 1000)
    with zipfile.ZipFile(pack(project(root), cache).path) as archive:
        assert archive.testzip() is None
        assert archive.getinfo("a.py").compress_type == zipfile.ZIP_STORED
        assert archive.read("a.py") == b"#" * 1000


@pytest.mark.parametrize("large", [0, 1000])
@pytest.mark.parametrize("change", [lambda file: file.unlink(), lambda file: file.write_text("22")])
def test_a_file_that_changes_after_the_snapshot_is_an_error(
    change, large, tmp_path: Path, cache: Cache, monkeypatch
):
    monkeypatch.setattr(zipwriter, "_LARGE", large)
    loaded = project(make(tmp_path / "p", "src/a.py"))
    snapshot = create_snapshot(loaded)
    change(tmp_path / "p/src/a.py")
    with pytest.raises(
        ExternalError, match=r"could not pack `src/a.py`: it was changed or removed"
    ):
        code_layer(loaded, snapshot, cache)
    assert list(cache.entries()) == []


def test_a_changed_line_changes_the_layer_and_an_unchanged_one_is_found_again(
    tmp_path: Path, cache: Cache
):
    loaded = project(make(tmp_path / "p", "src/a.py"))
    first = pack(loaded, cache)
    assert pack(loaded, cache) == first
    (tmp_path / "p/src/a.py").write_text("2")
    assert pack(loaded, cache).digest != first.digest


def test_jobs_whose_code_does_not_ship_are_named(tmp_path: Path):
    root = make(tmp_path / "p", "src/shop/__init__.py", "src/shop/pi.py", "src/shop/ignored.py")
    (root / ".gitignore").write_text("ignored.py\n")
    jobs = {
        "good": Job(entry="shop.pi:run"),
        "package": Job(entry="shop:run"),
        "pi": Job(entry="shop.pie:run"),
        "ignored": Job(entry="shop.ignored:run"),
        "far": Job(entry="zzz:run"),
        "script": Job(script="jobs/a.py"),
    }
    loaded = project(root, jobs=jobs)
    found = entry_problems(loaded, create_snapshot(loaded))
    assert [(item.message, item.hint) for item in found] == [
        (
            (
                "environment SPARKFERRY_X: could not find the module of `shop.pie:run` "
                "in the code that ships"
            ),
            "did you mean `shop.pi`?",
        ),
        (
            "could not find the module of `shop.ignored:run` in the code that ships",
            (
                "it is ignored by `.gitignore:1` (`ignored.py`): take it out of there, "
                'or `include = ["src/shop/ignored.py"]`'
            ),
        ),
        (
            "could not find the module of `zzz:run` in the code that ships",
            "packages are looked for in `src`",
        ),
        (
            "could not find `jobs/a.py` in the code that ships",
            "it is a file below the project that is not ignored",
        ),
    ]


def test_ignored_files_beside_shipped_ones_are_told_of(tmp_path: Path):
    root = make(tmp_path / "p", "src/shop/__init__.py", "conf/a.yml")
    loaded = project(root, include=("conf/**",))
    (root / ".gitignore").write_text("*.bin\n__pycache__\n")
    make(root, "data/x.bin", "src/shop/__pycache__/a.pyc")
    assert code_warnings(loaded, create_snapshot(loaded)) == ()
    make(root, *(f"src/shop/{number}.bin" for number in range(6)), "conf/b.bin")
    (found,) = code_warnings(loaded, create_snapshot(loaded))
    assert found.severity == "warning"
    assert found.message == (
        "ignored files do not ship: `conf/b.bin`, `src/shop/0.bin`, `src/shop/1.bin`, "
        "`src/shop/2.bin`, `src/shop/3.bin` and 2 more"
    )


def test_names_that_a_posix_locale_cannot_unpack_are_told_of(tmp_path: Path):
    loaded = project(make(tmp_path / "p", "src/é.py", "docs/ü.md"))
    (found,) = code_warnings(loaded, create_snapshot(loaded))
    assert found.message == "a JVM with a locale that is not UTF-8 cannot unpack `é.py`"


def test_a_linked_file_ships_its_content(tmp_path: Path, cache: Cache):
    root = make(tmp_path / "p", "src/a.py")
    (root / "lib.py").write_text("lib")
    (root / "src/lib.py").symlink_to("../lib.py")
    with zipfile.ZipFile(pack(project(root), cache).path) as archive:
        assert archive.read("lib.py") == b"lib"
