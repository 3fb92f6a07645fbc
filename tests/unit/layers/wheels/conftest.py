from pathlib import Path

import pytest

from support.repository import Repository, plain_git, write
from support.tagged import write_tagged

__all__ = ["plain_git"]


@pytest.fixture
def monorepo(tmp_path: Path) -> Repository:
    """A repository with the member `libs/alpha`, tagged v1.2.0."""
    top = tmp_path / "monorepo"
    write_tagged(top / "libs/alpha", "alpha", reads=("../../README.md", "../VERSION", "generated"))
    write(
        top, {"README.md": "one", ".gitignore": "generated\nVERSION\ndata/\n.venv\n__pycache__\n"}
    )
    made = Repository(top)
    made.git("init", "-q", "-b", "main", ".")
    made.commit()
    made.git("tag", "v1.2.0")
    return made
