import os
from pathlib import Path

import pytest

from sparkferry.errors import DiagnosticsError
from sparkferry.snapshot.create import create_snapshot
from sparkferry.snapshot.pin import pin_commit
from support.repository import MANIFEST, Repository, project, write


def link(root: Path, path: str, target: str) -> None:
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)


def problems(root: Path) -> list[str]:
    with pytest.raises(DiagnosticsError, match="could not take a snapshot") as caught:
        create_snapshot(project(root))
    return [
        item.message.removeprefix("could not ship the symbolic link ")
        for item in caught.value.errors
    ]


@pytest.fixture(params=["git", "plain"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    place = tmp_path / "p"
    if request.param == "git":
        Repository.create(place)
    write(
        place,
        {"pyproject.toml": MANIFEST, ".gitignore": "*.log\n", "lib/a.py": "1", "lib/x.log": ""},
    )
    return place


def test_links_ship_as_what_they_point_to(root: Path):
    (root / "lib/a.py").chmod(0o755)
    link(root, "src/b.py", "../lib/a.py")
    link(root, "src/all", "../lib")
    link(root, "src/chain", "all")
    link(root, "src/absolute", str(root / "lib/a.py"))
    link(root, "lib/c.py", "a.py")
    snapshot = create_snapshot(project(root))
    found = {file.path: file for file in snapshot.files}
    names = [
        "src/absolute",
        "src/all/a.py",
        "src/all/c.py",
        "src/b.py",
        "src/chain/a.py",
        "src/chain/c.py",
    ]
    assert [path for path in found if path.startswith("src/")] == names
    assert {found[name].source.read_bytes() for name in names} == {b"1"}
    assert all(found[name].executable for name in names)


def test_git_keeps_links_as_links(tmp_path: Path):
    repository = Repository.create(tmp_path)
    write(tmp_path, {"lib/a.py": "1"})
    link(tmp_path, "all", "lib")
    pin_commit(create_snapshot(project(tmp_path)), "pi-1")
    assert repository.archive("refs/sparkferry/pi-1")["all"] == "lib"


def test_links_that_leave_the_tree_are_named(root: Path, tmp_path: Path):
    write(tmp_path, {"outside/a.py": ""})
    link(root, "one", "../outside")
    link(root, "sub/two", "/nowhere/at/all")
    assert problems(root) == [
        f"`one`: it points to `{tmp_path / 'outside'}`, outside of the project",
        "`sub/two`: it points to `/nowhere/at/all`, outside of the project",
    ]


def test_circles_are_named(root: Path):
    link(root, "a", "b")
    link(root, "b", "a")
    link(root, "lib/up", "..")
    link(root, "lib/self", ".")
    link(root, "one/two", "../two")
    link(root, "two/one", "../one")
    assert problems(root) == [
        "`a`: it is part of a circle of symbolic links",
        "`b`: it is part of a circle of symbolic links",
        "`lib/self`: it points to `lib`, which holds the link itself",
        "`lib/up`: it points to `.`, which holds the link itself",
        "`one/two/one/two`: it points to `two`, which holds the link itself",
        "`two/one/two/one`: it points to `one`, which holds the link itself",
    ]


def test_links_to_ignored_files_are_named_and_links_to_nothing_are_nothing(root: Path):
    link(root, "nothing", "lib/absent.py")
    link(root, ".#a.py", "user@host.1:2")
    assert "nothing" not in [file.path for file in create_snapshot(project(root)).files]
    link(root, "log", "lib/x.log")
    assert problems(root) == ["`log`: it points to `lib/x.log`, which is ignored"]


def test_a_link_to_tracked_files_elsewhere_in_the_repository_ships(tmp_path: Path):
    Repository.create(tmp_path).commit({"jobs/pyproject.toml": MANIFEST, "lib/a.py": "1"})
    link(tmp_path, "jobs/lib", "../lib")
    found = [file.path for file in create_snapshot(project(tmp_path / "jobs")).files]
    assert found == ["lib/a.py", "pyproject.toml"]


def test_what_is_neither_file_nor_link_does_not_ship(root: Path):
    os.mkfifo(root / "pipe")
    assert "pipe" not in [file.path for file in create_snapshot(project(root)).files]
