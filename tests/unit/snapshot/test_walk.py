from pathlib import Path

import pytest

from sparkferry.errors import UserError
from sparkferry.snapshot.walk import walk
from support.repository import write

TREE = dict.fromkeys(
    [
        "a.py",
        "a.log",
        "keep.log",
        "build/x.py",
        "sub/a.log",
        "sub/keep.log",
        "sub/build/y.py",
        "sub/deep/z.tmp",
        ".venv/bin/python",
        "sub/__pycache__/a.pyc",
        ".git/HEAD",
        ".sparkferry/store/x",
    ],
    "",
)


def test_everything_that_is_not_ignored_is_found(tmp_path: Path):
    write(tmp_path, {**TREE, ".gitignore": "*.log\r\n!keep.log\n/build/\n"})
    write(tmp_path, {"sub/.gitignore": "!a.log\nkeep.log\n*.tmp\n"})
    assert walk(tmp_path) == (
        ".gitignore",
        "a.py",
        "keep.log",
        "sub/.gitignore",
        "sub/a.log",
        "sub/build/y.py",
    )


def test_a_pattern_that_is_none_is_an_error_that_names_the_file(tmp_path: Path):
    write(tmp_path, {".gitignore": "!\n"})
    with pytest.raises(UserError, match=r"could not read `.*/\.gitignore`: "):
        walk(tmp_path)
