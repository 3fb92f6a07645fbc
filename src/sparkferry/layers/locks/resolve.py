"""Requirements that uv resolves for one environment, to a PEP 751 document."""

import os
import re
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.layers.environment import MACHINES
from sparkferry.layers.model import Environment
from sparkferry.uv.call import uv
from sparkferry.uv.project import resolution_settings

_GLIBC = (17, 28, *range(31, 41))
"""Minor versions of glibc that ``uv --python-platform`` can name."""

_LOGIN = re.compile(r"(?<=http://)[^/@\s\"']+@|(?<=https://)[^/@\s\"']+@")


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Requirements that uv shall resolve for one environment."""

    text: str
    """A requirements file."""
    options: tuple[str, ...]
    """Further options of ``uv pip compile``."""
    cwd: str
    """Where relative paths in ``text`` start from, absolute."""
    environment: Environment
    constraints: str = ""
    """A requirements file of constraints."""


def resolve(question: Question, cache: Cache) -> dict[str, Any]:
    """Return the PEP 751 document that answers the question: the same one as long as it is kept.

    It is asked anew where indexes or uv's settings of the project are others.

    :raises ExternalError: uv could not resolve the requirements.
    """
    settings = resolution_settings(Path(question.cwd), os.environ)
    key = f"resolved 2 {msgspec.json.encode(question).decode()} {settings}"
    return tomllib.loads(cache.memo(key, str, lambda: _resolve(question)))


def _resolve(question: Question) -> str:
    environment = question.environment
    with tempfile.TemporaryDirectory() as directory:
        arguments = [
            *("pip", "compile", "-", "--format", "pylock.toml", "--quiet", "--no-header"),
            *("--python", sys.executable, "--python-version", environment.python),
            *("--python-platform", _uv_platform(environment), *question.options),
            *_constraints(question, Path(directory)),
        ]
        cwd = Path(question.cwd)
        said = uv(arguments, action="resolve the requirements", cwd=cwd, stdin=question.text)
    # What is remembered has no secrets; logins are looked up when a file is fetched.
    return _LOGIN.sub("", said)


def _constraints(question: Question, directory: Path) -> tuple[str, ...]:
    if not question.constraints:
        return ()
    path = directory / "constraints.txt"
    path.write_text(question.constraints, encoding="utf-8")
    return "--constraints", str(path)


def _uv_platform(environment: Environment) -> str:
    minor = max((known for known in _GLIBC if known <= environment.glibc[1]), default=_GLIBC[0])
    return f"{MACHINES[environment.platform]}-manylinux_2_{minor}"
