"""What `.python-version` asks for, and where it is found."""

import pytest

from sparkferry.project.python_file import find_python_file


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("3.12\n", "3.12"),
        ("# why\n\n  3.12.4  # newest\n3.11\n", "3.12.4"),
        ("cpython-3.12\n", "3.12"),
        ("cpython@3.13.1", "3.13.1"),
        ("cpython-3.12.4-linux-x86_64-gnu\n", "3.12.4"),
        ("python3.12\n", "3.12"),
        ("cp312\n", "3.12"),
        ("312\r\n", "3.12"),
        ("3.12.4 3.11.9\n", "3.12.4"),
        ("pypy3.10\n", None),
        ("pypy@3.10-7.3\n", None),
        ("3.13t\n", None),
        ("3.14.0rc1\n", None),
        (">=3.11,<3.13\n", None),
        ("system\n", None),
        ("2.7.18\n", None),
    ],
)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_its_first_line_that_is_not_a_comment_counts(tmp_path, text, version, mark):
    (tmp_path / ".python-version").write_bytes(mark + text.encode())
    found = find_python_file(tmp_path)
    assert found is not None
    assert found.version == version


def test_its_line_and_name_are_known(tmp_path):
    (tmp_path / ".python-versions").write_text("# a\n3.12\n")
    found = find_python_file(tmp_path)
    assert found is not None
    assert found.place == ".python-versions:2"
    (tmp_path / ".python-version").write_text("3.13\n")
    found = find_python_file(tmp_path)
    assert found is not None
    assert found.place == ".python-version:1"


@pytest.mark.parametrize("content", [b"", b"# nothing\n", None])
def test_there_may_be_none(tmp_path, content):
    if content is not None:
        (tmp_path / ".python-version").write_bytes(content)
    assert find_python_file(tmp_path) is None


def test_a_file_that_is_no_text(tmp_path):
    (tmp_path / ".python-version").write_bytes(b"3.12\n\xff\n")
    found = find_python_file(tmp_path)
    assert found is not None
    assert (found.version, found.line) == (None, 2)


def test_it_is_looked_for_up_to_the_root_of_a_workspace(tmp_path):
    member = tmp_path / "root" / "packages" / "demo"
    member.mkdir(parents=True)
    (tmp_path / ".python-version").write_text("3.11\n")
    assert find_python_file(member) is None
    (tmp_path / "root" / "pyproject.toml").write_text(
        '[tool.uv.workspace]\nmembers = ["packages/*"]\n'
    )
    assert find_python_file(member) is None
    (tmp_path / "root" / ".python-version").write_text("3.12\n")
    found = find_python_file(member)
    assert found is not None
    assert (found.name, found.version) == ("../../.python-version", "3.12")
