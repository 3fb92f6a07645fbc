"""What `check` refuses, `pack` and `run` refuse alike, for every kind of lock and whatever is set."""

import json
import re
import sys

import pytest

from sparkferry.cli.main import invoke
from support.laptop import edit
from support.projects import Laptop
from support.wheels import make_wheel

MINOR = f"3.{sys.version_info.minor}"

POETRY = """\
[[package]]
name = "alpha"
version = "1.0"
groups = ["main"]
files = [{{file = "alpha-1.0-py3-none-any.whl", hash = "sha256:{digest}"}}]

[metadata]
lock-version = "2.1"
content-hash = "{zeros}"
"""
PYLOCK = """\
lock-version = "1.0"
created-by = "hand"
[[packages]]
name = "alpha"
version = "1.0"
wheels = [{{url = "{url}", hashes = {{sha256 = "{digest}"}}}}]
"""


def said(capsys, *arguments: str) -> tuple[int, str]:
    capsys.readouterr()
    code = invoke(list(arguments))
    printed = capsys.readouterr()
    return code, printed.out + printed.err


@pytest.fixture(params=["uv", "poetry", "pylock", "requirements"])
def locked(request, demo: Laptop) -> Laptop:
    """The project with a lock of one kind that names ``alpha``."""
    (entry,) = re.findall(
        r'url = "([^"]+)", hash = "sha256:(\w+)"', (demo.root / "uv.lock").read_text()
    )
    url, digest = entry
    texts = {
        "poetry": ("poetry.lock", POETRY.format(digest=digest, zeros="0" * 64)),
        "pylock": ("pylock.toml", PYLOCK.format(url=url, digest=digest)),
        "requirements": ("requirements.txt", f"alpha==1.0 --hash=sha256:{digest}\n"),
    }
    if request.param != "uv":
        (demo.root / "uv.lock").unlink()
        demo.write(*texts[request.param])
    return demo


def test_a_lock_that_lacks_a_dependency(locked: Laptop, capsys, monkeypatch):
    code, text = said(capsys, "pack")
    assert code == 0, text
    edit(locked.root / "pyproject.toml", "['alpha']", "['alpha', 'not-locked']")
    answers = {}
    for name in ("UV_OFFLINE", "UV_FROZEN", ""):
        with monkeypatch.context() as patch:
            if name:
                patch.setenv(name, "1")
            for command in (("check",), ("pack",), ("run", "count", "--set", "source=x")):
                answers[(name, *command)] = said(capsys, *command)
    assert {code for code, _ in answers.values()} == {2}
    assert all("not-locked" in text for _, text in answers.values())


def test_a_lock_of_another_version(locked: Laptop, capsys):
    make_wheel(locked.index.directory, "alpha", "2.0")
    edit(locked.root / "pyproject.toml", "['alpha']", "['alpha>=2']")
    for command in ("check", "pack"):
        code, text = said(capsys, command)
        assert (code, "alpha>=2" in text) == (2, True)


def test_a_hash_alone_that_differs_is_a_warning_of_every_command(demo: Laptop, capsys):
    digest = re.findall(r"sha256:(\w+)", (demo.root / "uv.lock").read_text())[0]
    (demo.root / "uv.lock").unlink()
    demo.write("poetry.lock", POETRY.format(digest=digest, zeros="0" * 64))
    for command in ("check", "pack", "pack"):
        code, text = said(capsys, command)
        assert (code, "`poetry.lock` was made from another pyproject.toml" in text) == (0, True)


def test_a_lock_is_not_remembered_as_good_when_another_file_changes(demo: Laptop, capsys):
    edit(
        demo.root / "pyproject.toml",
        "dependencies = ['alpha']",
        "dynamic = ['dependencies']\n"
        "[tool.setuptools.dynamic]\ndependencies = { file = 'requirements.in' }",
    )
    demo.write("requirements.in", "alpha\n")
    code, text = said(capsys, "pack")
    assert code == 0, text
    demo.write("requirements.in", "alpha\nbeta\n")
    code, text = said(capsys, "pack")
    assert (code, "it does not know `beta`" in text) == (2, True)


def test_poetry_s_own_layout_is_packed_from_its_lock(demo: Laptop, capsys):
    digest = re.findall(r"sha256:(\w+)", (demo.root / "uv.lock").read_text())[0]
    (demo.root / "uv.lock").unlink()
    demo.write("poetry.lock", POETRY.format(digest=digest, zeros="0" * 64))
    text = (demo.root / "pyproject.toml").read_text()
    section = text[text.index("[tool.sparkferry]") :]
    poetry = (
        f'[tool.poetry]\npackage-mode = false\n[tool.poetry.dependencies]\npython = "^{MINOR}"\n'
    )
    demo.write("pyproject.toml", f'{poetry}alpha = "^1.0"\n{section}')
    code, said_then = said(capsys, "pack", "--json")
    assert code == 0, said_then
    demo.write("pyproject.toml", f'{poetry}alpha = "^2.0"\n{section}')
    code, said_then = said(capsys, "pack")
    assert (code, "has alpha 1.0, pyproject.toml wants `alpha>=2.0,<3`" in said_then) == (2, True)


def test_python_version_is_shown_as_the_origin(demo: Laptop, capsys):
    demo.write(".python-version", f"# ours\n{MINOR}\n")
    code, text = said(capsys, "config", "--json")
    rows = {row["key"]: row for row in json.loads(text)["settings"]}
    assert (code, rows["targets.local.python"]) == (
        0,
        {"key": "targets.local.python", "value": MINOR, "origin": ".python-version:2"},
    )


@pytest.mark.parametrize("text", ["pypy3.11", "3.9"])
def test_python_version_that_is_not_followed_is_a_warning_of_every_command(demo, capsys, text):
    demo.write(".python-version", f"{text}\n")
    for command in ("check", "pack", "pack"):
        code, printed = said(capsys, command)
        assert (code, f"`{text}` of `.python-version` is not followed" in printed) == (0, True)
