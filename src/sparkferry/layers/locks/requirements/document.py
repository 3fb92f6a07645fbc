"""A requirements file becomes a PEP 751 document of the files that its lines allow.

uv resolves requirements but does not compare what it finds with ``--hash`` or with the fragment of
an address, so both are read here, and what they do not allow is left out.
"""

from typing import Any

from sparkferry.base.cache import Cache
from sparkferry.errors import raise_errors
from sparkferry.layers.locks.allow import keep_allowed
from sparkferry.layers.locks.lock import Lock
from sparkferry.layers.locks.requirements.hash_mode import (
    allowances,
    applying,
    hashes_required,
    line_problems,
)
from sparkferry.layers.locks.requirements.model import Line, Requirements
from sparkferry.layers.locks.requirements.read import read_requirements
from sparkferry.layers.locks.resolve import Question, resolve
from sparkferry.layers.model import Environment

_HASHED = ("--no-deps", "--index-strategy", "unsafe-best-match")
"""Where hashes tell the right files, all indexes are alike, as they are for pip."""


def requirements_document(lock: Lock, environment: Environment, cache: Cache) -> dict[str, Any]:
    """Return the PEP 751 document of what the file names for one environment.

    :raises DiagnosticsError: lines cannot be understood, or what they name cannot be had.
    :raises ExternalError: uv could not resolve the requirements.
    """
    found = read_requirements(lock.path, lock.name)
    lines, hashed = applying(found, environment), hashes_required(found, lock.path.parent)
    raise_errors(f"select the packages of `{lock.name}`", line_problems(lines, hashed=hashed))
    question = Question(
        text=_text(lines, found),
        constraints="".join(f"{line.text}\n" for line in lines if line.is_constraint),
        options=(*found.options, *(_HASHED if hashed else ())),
        cwd=str(lock.path.parent),
        environment=environment,
    )
    return keep_allowed(resolve(question, cache), allowances(lines), complete=hashed)


def _text(lines: tuple[Line, ...], found: Requirements) -> str:
    named = (line.text for line in lines if not line.is_constraint)
    return "".join(f"{text}\n" for text in (*found.index_options, *named))
