"""`required-version`: which uv is called for a project."""

import sys

import pytest

from sparkferry.errors import UserError
from sparkferry.process import tool
from sparkferry.uv.version import find_uv


@pytest.fixture
def other(tmp_path):
    """A uv 0.8.22 in a directory of PATH."""
    directory = tmp_path / "bin"
    directory.mkdir()
    program = directory / "uv"
    program.write_text("#!/bin/sh\necho 'uv 0.8.22 (abc 2025-01-01)'\n")
    program.chmod(0o755)
    return program


def project(root, text, name="pyproject.toml"):
    root.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)
    return root


def find(root, *programs):
    return find_uv(root, {"PATH": ":".join(str(x.parent) for x in programs)})


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('[tool.uv]\nrequired-version = "==0.8.22"\n', "pyproject.toml"),
        ('[tool.uv]\nrequired-version = "0.8.22"\n', "pyproject.toml"),
        ('[tool.uv]\nrequired-version = ">=0.8,<0.9"\n', "pyproject.toml"),
        ('required-version = "~=0.8.0"\n', "uv.toml"),
    ],
)
def test_a_fitting_uv_of_path_is_taken(tmp_path, other, text, name):
    assert find(project(tmp_path / "p", text, name), other) == str(other)


def test_ours_is_taken_where_it_fits(tmp_path, other):
    root = project(tmp_path / "p", '[tool.uv]\nrequired-version = ">=0.8"\n')
    assert find(root, other) == tool("uv")


def test_path_is_not_looked_at_without_need(tmp_path):
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/uv"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/called\n")
    program.chmod(0o755)
    assert find(project(tmp_path / "p", "[tool.uv]\n"), program) == tool("uv")
    assert not (tmp_path / "called").exists()


def test_a_workspace_asks_for_its_members(tmp_path, other):
    asks = '[tool.uv]\nrequired-version = "==0.8.22"\n[tool.uv.workspace]\nmembers = ["p"]\n'
    project(tmp_path, asks)
    assert find(project(tmp_path / "p", "[tool.uv]\n"), other) == str(other)


def test_settings_further_up_do_not_count(tmp_path, other):
    project(tmp_path, '[tool.uv]\nrequired-version = "==0.8.22"\n')
    assert find(project(tmp_path / "p", "[tool.uv]\n"), other) == tool("uv")


def test_where_no_uv_fits_all_versions_and_a_way_are_told(tmp_path, other):
    root = project(tmp_path / "p", '[tool.uv]\nrequired-version = "==0.1.2"\n')
    with pytest.raises(UserError) as caught:
        find(root, other)
    assert "asks for uv ==0.1.2 (required-version)" in caught.value.message
    assert f"0.8.22 at `{other}`" in caught.value.message
    assert f"at `{tool('uv')}`" in caught.value.message
    assert "put a uv of that version on PATH" in (caught.value.hint or "")


def test_a_specifier_that_is_not_valid_is_told(tmp_path, other):
    root = project(tmp_path / "p", '[tool.uv]\nrequired-version = "newest"\n')
    with pytest.raises(UserError, match='`required-version = "newest"`, which is not a version'):
        find(root, other)


def test_a_program_that_is_not_uv_is_passed_over(tmp_path, other):
    (tmp_path / "odd").mkdir()
    odd = tmp_path / "odd/uv"
    odd.write_text(f"#!{sys.executable}\nraise SystemExit(1)\n")
    odd.chmod(0o755)
    root = project(tmp_path / "p", '[tool.uv]\nrequired-version = "==0.8.22"\n')
    assert find(root, odd, other) == str(other)
