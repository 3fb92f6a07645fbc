"""Whatever was done to a working tree: the snapshot has exactly what is there, and touches nothing."""

import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sparkferry.snapshot.create import create_snapshot
from sparkferry.snapshot.listing import NEVER_UNTRACKED
from sparkferry.snapshot.pin import pin_commit
from sparkferry.snapshot.walk import walk
from support.repository import MANIFEST, Repository, plain_git, project, write

__all__ = ["plain_git"]

NAMES = st.one_of(
    st.sampled_from(
        ["a", "b", "a.py", "x.skip", "-n", ":!a", "*", "a b", "é", 'q"q', "n\nn", "b\\b"]
    ),
    st.sampled_from([b"\xff", b"t\xe9.skip", b"\xc3\xa9\xff"]).map(os.fsdecode),
)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
TREES = st.dictionaries(PATHS, st.binary(max_size=3), max_size=6)

QUICK = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def put(top: Path, tree: dict[str, bytes]) -> None:
    """Write what of the tree fits into what is there."""
    for path, content in tree.items():
        place = top / path
        above = [parent for parent in place.parents if parent.is_relative_to(top)]
        if not place.is_dir() and not any(parent.is_file() for parent in above):
            write(top, {path: content})


def there(top: Path) -> dict[str, bytes]:
    found = {}
    for directory, names, files in os.walk(top):
        names[:] = [name for name in names if name != ".git"]
        for name in files:
            file = Path(directory, name)
            found[str(file.relative_to(top))] = file.read_bytes()
    return found


@QUICK
@given(TREES, TREES, TREES, st.data())
def test_the_snapshot_is_the_working_tree(
    committed: dict[str, bytes],
    staged: dict[str, bytes],
    edited: dict[str, bytes],
    data: st.DataObject,
):
    with tempfile.TemporaryDirectory() as directory:
        top = Path(directory)
        repository = Repository.create(top)
        put(top, committed)
        repository.commit({".gitignore": "*.skip\n"})
        put(top, staged)
        repository.git("add", "-A")
        put(top, edited)
        for path in data.draw(
            st.lists(st.sampled_from(sorted(there(top))), max_size=3, unique=True)
        ):
            if path not in {"pyproject.toml", ".gitignore"}:
                (top / path).unlink()
        before = repository.state()
        read_saved = pin_commit(create_snapshot(project(top)), "r-1")
        assert repository.state() == before
        shipped = {file.path: file.source.read_bytes() for file in read_saved.files}
        assert shipped == {
            path: content
            for path, content in there(top).items()
            if not any(part.endswith(".skip") for part in path.split("/"))
        }
        assert repository.archive("refs/sparkferry/r-1") == shipped


RULES = st.lists(
    st.sampled_from(
        [
            "a",
            "/a",
            "a/",
            "b/*",
            "*.py",
            "!a.py",
            "!a",
            "**/b",
            "a/**",
            "/b/a",
            "# c",
            "",
            "a\\ b",
            "?",
        ]
    ),
    max_size=4,
).map("\n".join)


@QUICK
@given(st.dictionaries(PATHS, st.just(b""), max_size=8), RULES, RULES)
def test_without_git_the_same_files_are_found_as_git_finds(
    tree: dict[str, bytes], above: str, below: str
):
    with tempfile.TemporaryDirectory() as directory:
        top = Path(directory)
        write(top, {"pyproject.toml": MANIFEST, ".gitignore": above})
        put(top, tree)
        put(top, {"a/.gitignore": below.encode()})
        found = walk(top)
        repository = Repository(top)
        repository.git("init", "-q", ".")
        said = repository.git("ls-files", "-z", "--others", "--exclude-standard")
        names = [name for name in os.fsdecode(said).split("\0") if name]
        assert found == tuple(sorted(names))
        assert not any(part in NEVER_UNTRACKED for name in found for part in name.split("/"))
