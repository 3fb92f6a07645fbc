"""Whether `.python-version` is followed, and what is said where it is not."""

import msgspec
import pytest

from sparkferry.layers.interpreter.choose import python_request
from sparkferry.layers.interpreter.pinned import pin_findings, pinned_version
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.project.model import PythonFile
from support.projects import SETTINGS, project_at

MINORS = ("3.10", "3.11", "3.12", "3.13")


def pinned(tmp_path, version: str | None, text: str = "", python: str | None = None):
    file = PythonFile(name=".python-version", line=2, text=text or str(version), version=version)
    settings = msgspec.structs.replace(SETTINGS, targets={"local": LocalTarget(python=python)})
    project = project_at(tmp_path)
    return msgspec.structs.replace(project, python_file=file, settings=settings)


@pytest.mark.parametrize("version", ["3.12", "3.12.4"])
def test_it_decides_where_the_target_says_nothing(tmp_path, version):
    project = pinned(tmp_path, version)
    assert pinned_version(project, MINORS) == version
    assert python_request(project, MINORS, "linux/amd64").pinned == version
    got = version if version.count(".") == 2 else "3.12.1"
    assert list(pin_findings(project, got, MINORS)) == []


def test_the_target_s_own_python_is_the_stronger(tmp_path):
    project = pinned(tmp_path, "3.12", python="3.13")
    wish = python_request(project, MINORS, "linux/amd64")
    assert (wish.wanted, wish.pinned) == ("3.13", None)
    assert list(pin_findings(project, "3.13.0", MINORS)) == []


@pytest.mark.parametrize(
    ("version", "text", "reason"),
    [
        (None, "pypy3.10", "it is not a version of CPython 3"),
        ("3.10", "3.10", "`requires-python` is `>=3.11`"),
        ("3.14", "3.14", "Spark 4.0 runs on 3.10 to 3.13"),
        ("3.13", "3.13", "it is not installed"),
        ("3.12.9", "cpython-3.12.9", "it is not installed"),
    ],
)
def test_why_it_is_not_followed(tmp_path, version, text, reason):
    project = pinned(tmp_path, version, text)
    (found,) = pin_findings(project, "3.12.1", MINORS)
    assert str(found) == (
        f".python-version:2: warning: `{text}` of `.python-version` is not followed: {reason}; "
        "the target gets 3.12.1"
    )
    assert found.hint


@pytest.mark.parametrize(
    ("specifiers", "version", "followed"),
    [
        (">=3.11,<3.13", "3.12.9", True),
        (">=3.11, <3.13", "3.13", False),
        (">=3.12,<4", "3.11.9", False),
        (">=3.12.4", "3.12", True),
        (">=3.12.4", "3.12.3", False),
        ("!=3.12.*", "3.12", False),
    ],
)
def test_requires_python_must_admit_it(tmp_path, specifiers, version, followed):
    project = msgspec.structs.replace(pinned(tmp_path, version), requires_python=specifiers)
    assert (pinned_version(project, MINORS) == version) is followed
