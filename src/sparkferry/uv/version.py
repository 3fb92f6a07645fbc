"""The uv that a project asks for: ``required-version`` of its settings."""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from sparkferry.errors import UserError
from sparkferry.process import PROBE, attempt, tool
from sparkferry.uv.project import project_settings

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

_SETTING = "required-version"


class _Wanted(msgspec.Struct, frozen=True):
    """What a settings file asks for."""

    specifier: str
    path: Path


def find_uv(directory: Path, environ: Mapping[str, str]) -> str:
    """Return the uv that is called in ``directory``: ours, or one of PATH that is asked for.

    PATH is looked at only where the settings of the project in ``directory`` ask for a version that
    ours has not.

    :raises UserError: no uv has the version that the project asks for.
    """
    own = tool("uv")
    wanted = _wanted(directory)
    if wanted is None:
        return own
    specifier, seen = _specifier(wanted), []
    for program in dict.fromkeys((own, *_on_path(environ))):
        version = _version(program, environ)
        if version and specifier.contains(version, prereleases=True):
            return program
        seen.append(f"{version or 'no version'} at `{program}`")
    raise UserError(
        f"could not use uv: `{wanted.path}` asks for uv {specifier} ({_SETTING}), and there is "
        f"{', '.join(seen)}",
        hint="put a uv of that version on PATH, or widen `required-version`",
    )


def _wanted(directory: Path) -> _Wanted | None:
    """Return what the settings that count in ``directory`` ask for."""
    for path, table in project_settings(directory):
        found = table.get(_SETTING)
        if isinstance(found, str):
            return _Wanted(found, path)
    return None


def _specifier(wanted: _Wanted) -> "SpecifierSet":
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    text = wanted.specifier.strip()
    try:
        # uv takes a bare version for that very version.
        return SpecifierSet(f"=={text}" if text[:1].isdigit() else text)
    except InvalidSpecifier as error:
        raise UserError(
            f'could not use uv: `{wanted.path}` has `{_SETTING} = "{text}"`, which is not a '
            "version specifier",
            hint='write it as `required-version = ">=0.9"`',
        ) from error


def _on_path(environ: Mapping[str, str]) -> Iterator[str]:
    for directory in environ.get("PATH", os.defpath).split(os.pathsep):
        found = shutil.which("uv", path=directory) if directory else None
        if found:
            yield found


def _version(program: str, environ: Mapping[str, str]) -> str | None:
    done = attempt([program, "--version"], env=environ, timeout=PROBE)
    found = re.match(rb"uv (\d[\w.+-]*)", done.stdout)
    return found[1].decode() if done.code == 0 and found else None
