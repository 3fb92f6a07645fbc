import pytest

from sparkferry.errors import UserError
from sparkferry.layers.locks.lock import find_lock
from support.projects import Laptop


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("uv.lock", "uv"),
        ("poetry.lock", "poetry"),
        ("pylock.toml", "pylock"),
        ("pylock.spark.toml", "pylock"),
        ("requirements.txt", "requirements"),
    ],
)
def test_the_only_lock_is_found(laptop: Laptop, name, kind):
    laptop.write(name, "")
    lock = find_lock(laptop.project("alpha"))
    assert (lock.kind, lock.name, lock.path) == (kind, name, laptop.root / name)


def test_several_locks_are_an_error_until_one_is_named(laptop: Laptop):
    laptop.write("uv.lock", "")
    laptop.write("requirements.txt", "")
    with pytest.raises(UserError, match=r"several: uv\.lock, requirements\.txt") as caught:
        find_lock(laptop.project("alpha"))
    assert 'lock = "uv.lock"' in caught.value.hint
    assert find_lock(laptop.project("alpha", lock="requirements.txt")).kind == "requirements"


def test_a_lock_elsewhere_is_named_relative_to_the_project(laptop: Laptop):
    laptop.write("../locks/prod.txt", "")
    lock = find_lock(laptop.project(lock="../locks/prod.txt"))
    assert (lock.kind, lock.name) == ("requirements", "../locks/prod.txt")


@pytest.mark.parametrize(
    ("extra", "tool"),
    [("", "uv"), ("[tool.poetry.dependencies]\nalpha = '*'", "poetry")],
)
def test_no_lock_says_how_to_make_one(laptop: Laptop, extra, tool):
    project = laptop.project(*(["alpha"] if tool == "uv" else []), extra=extra)
    with pytest.raises(UserError, match="could not find a lock of `demo`") as caught:
        find_lock(project)
    assert f"`{tool} lock`" in caught.value.hint


def test_dynamic_dependencies_need_a_lock(laptop: Laptop):
    with pytest.raises(UserError, match="could not find a lock"):
        find_lock(laptop.project(extra="dynamic = ['dependencies']"))


def test_without_dependencies_no_lock_is_needed(laptop: Laptop):
    assert find_lock(laptop.project()) is None


def test_a_named_lock_that_is_missing(laptop: Laptop):
    with pytest.raises(UserError, match=r"could not read the lock `nope\.lock`") as caught:
        find_lock(laptop.project(lock="nope.lock"))
    assert caught.value.hint


def test_a_named_lock_of_no_kind(laptop: Laptop):
    laptop.write("Pipfile.lock", "{}")
    with pytest.raises(UserError, match=r"could not read the lock `Pipfile\.lock`"):
        find_lock(laptop.project(lock="Pipfile.lock"))


def test_the_lock_of_the_workspace(laptop: Laptop):
    laptop.write("../pyproject.toml", "[tool.uv.workspace]\nmembers = ['demo']\n")
    laptop.write("../uv.lock", "")
    assert find_lock(laptop.project("alpha")).name == "../uv.lock"


def test_the_lock_of_a_directory_above_that_is_no_workspace(laptop: Laptop):
    laptop.write("../pyproject.toml", "not toml")
    laptop.write("../uv.lock", "")
    assert find_lock(laptop.project()) is None
