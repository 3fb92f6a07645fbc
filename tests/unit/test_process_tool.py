import sys

import pytest

from sparkferry.errors import ExternalError
from sparkferry.process import tool


@pytest.fixture
def beside(tmp_path, monkeypatch):
    """An interpreter's directory with nothing in it but what the test puts there."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin/python"))
    (tmp_path / "bin").mkdir()
    return tmp_path / "bin"


def program(path):
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_tool_beside_the_interpreter_comes_before_path(beside, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    program(tmp_path / "path/odd-tool")

    assert tool("odd-tool") == str(tmp_path / "path/odd-tool")
    assert tool("odd-tool") != program(beside / "odd-tool")
    assert tool("odd-tool") == str(beside / "odd-tool")


def test_absent_tool_says_how_to_get_it(beside):
    with pytest.raises(ExternalError, match="could not find `odd-tool`") as it:
        tool("odd-tool")

    assert "pip install odd-tool" in it.value.hint
