"""Requirements files: what is pinned there becomes a PEP 751 document through uv.

uv resolves requirements but does not compare what it finds with ``--hash`` options, so the hashes
are read here and every file that has none of them is left out.
"""

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from sparkferry.errors import UserError
from sparkferry.layers.cache import Cache
from sparkferry.layers.environment import MACHINES
from sparkferry.layers.locks.uv import uv
from sparkferry.layers.model import Environment

Hashes = Mapping[str, frozenset[str]]
"""SHA-256 digests that a package's files may have, by its normalised name."""

_GLIBC = (17, 28, *range(31, 41))
"""Minor versions of glibc that ``uv --python-platform`` can name."""

_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_HASH = re.compile(r"--hash[= ]sha256:([0-9a-fA-F]{64})")
_NESTED = re.compile(r"\s*(?:-r|-c|--requirement|--constraint)[= ]?\s*(\S+)")


class Requirements(msgspec.Struct, frozen=True, kw_only=True):
    """A requirements file with those that it includes."""

    texts: tuple[str, ...]
    """Content of each file, the named one first."""
    hashes: dict[str, frozenset[str]]
    """SHA-256 digests by normalised name; empty where the file names none."""


def read_requirements(path: Path) -> Requirements:
    """Read a requirements file and the files that it names by ``-r`` and ``-c``.

    :raises UserError: one of them cannot be read, or some packages have hashes and others not.
    """
    texts = tuple(_texts(path, set()))
    lines = [line for text in texts for line in _lines(text)]
    hashes = {name: digests for name, digests in map(_hashes, lines) if name}
    bare = sorted(name for name, digests in hashes.items() if not digests)
    if bare and len(bare) < len(hashes):
        raise UserError(
            f"could not read the lock `{path.name}`: no sha256 hash for {', '.join(bare)}, "
            "although others have one",
            hint="let `uv pip compile --generate-hashes` or `pip-compile --generate-hashes` write it",
        )
    return Requirements(texts=texts, hashes={} if bare else hashes)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Requirements that uv shall resolve for one environment."""

    text: str
    options: tuple[str, ...]
    """Further options of ``uv pip compile``."""
    cwd: str
    """Where relative paths in ``text`` start from, absolute."""
    environment: Environment
    included: tuple[str, ...] = ()
    """Content of the files that ``text`` names by ``-r`` and ``-c``."""


def resolve(question: Question, cache: Cache) -> dict[str, Any]:
    """Return the PEP 751 document that answers the question: the same one as long as it is kept.

    :raises WorldError: uv could not resolve the requirements.
    """
    key = f"resolved 1 {msgspec.json.encode(question).decode()}"
    return tomllib.loads(cache.memo(key, str, lambda: _resolve(question)))


def _resolve(question: Question) -> str:
    environment = question.environment
    arguments = [
        *("pip", "compile", "-", "--format", "pylock.toml", "--quiet", "--no-header"),
        *("--python", sys.executable, "--python-version", environment.python),
        *("--python-platform", _uv_platform(environment), *question.options),
    ]
    cwd = Path(question.cwd)
    return uv(arguments, action="resolve the requirements", cwd=cwd, stdin=question.text)


def keep_hashed(document: dict[str, Any], hashes: Hashes) -> dict[str, Any]:
    """Return the document with only those files whose SHA-256 is among the package's hashes."""
    packages = [_keep(package, hashes.get(package["name"])) for package in document["packages"]]
    return {**document, "packages": packages}


def _keep(package: dict[str, Any], digests: frozenset[str] | None) -> dict[str, Any]:
    if digests is None or not ({"wheels", "sdist"} & package.keys()):
        return package
    wheels = [wheel for wheel in package.get("wheels", []) if _sha256(wheel) in digests]
    sdist = package.get("sdist")
    kept = {key: value for key, value in package.items() if key not in {"wheels", "sdist"}}
    if wheels:
        kept["wheels"] = wheels
    if sdist and _sha256(sdist) in digests:
        kept["sdist"] = sdist
    if kept.keys() & {"wheels", "sdist"}:
        return kept
    raise UserError(
        f"could not lock `{package['name']}`: no file of version {package.get('version')} on the "
        "index has one of the hashes in the lock",
        hint="lock again, and ask whoever runs the index why its files changed",
    )


def _sha256(file: dict[str, Any]) -> str | None:
    value = file.get("hashes", {}).get("sha256")
    return value.lower() if isinstance(value, str) else None


def _uv_platform(environment: Environment) -> str:
    minor = max((known for known in _GLIBC if known <= environment.glibc[1]), default=_GLIBC[0])
    return f"{MACHINES[environment.platform]}-manylinux_2_{minor}"


def _texts(path: Path, seen: set[Path]) -> Iterator[str]:
    if path in seen:
        return
    seen.add(path)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"could not read the requirements `{path}`: {error}") from error
    yield text
    for line in _lines(text):
        nested = _NESTED.match(line)
        if nested:
            yield from _texts(path.parent / nested[1], seen)


def _lines(text: str) -> Iterator[str]:
    """Yield the logical lines: continuations joined, comments left out."""
    for line in text.replace("\\\r\n", " ").replace("\\\n", " ").splitlines():
        content = re.sub(r"(^|\s)#.*$", "", line).strip()
        if content:
            yield content


def _hashes(line: str) -> tuple[str, frozenset[str]]:
    from packaging.utils import canonicalize_name

    name = _NAME.match(line)
    if name is None or "/" in line.partition(";")[0].partition("--hash")[0]:
        return "", frozenset()
    return canonicalize_name(name[1]), frozenset(found.lower() for found in _HASH.findall(line))
