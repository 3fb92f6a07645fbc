import pytest

from sparkferry.project.load import load


@pytest.fixture
def write(tmp_path):
    """Write files of a project, by path; return its directory."""

    def write_files(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return write_files


@pytest.fixture
def project(write):
    """Load the project of a pyproject.toml's text."""

    def load_text(text, *, files=(), environ=(), **choice):
        root = write({"pyproject.toml": text, **dict(files)})
        return load(root, environ=dict(environ), **choice)

    return load_text
