"""From pyproject.toml to the project's metadata, without running its build backend.

As uv and Poetry install a project, so it has metadata here: not where ``tool.uv.package = false`` or
``package-mode = false`` says that it is not a package, nor where it has no version at all.
"""

import posixpath
import tomllib
from collections.abc import Iterator
from typing import Any

import msgspec

from sparkferry.errors import Diagnostic
from sparkferry.layers.code.dist_info import COMMANDS, Distribution, EntryPoints
from sparkferry.layers.code.versions import Read, static_version
from sparkferry.layers.ini import read_ini
from sparkferry.project.declared.model import names, table
from sparkferry.project.model import Project
from sparkferry.snapshot.model import Snapshot

UNKNOWN = "0+unknown"
"""Version where only the build backend knows it (as `versioneer` has it)."""

_POINTS = frozenset({"entry-points", "scripts", "gui-scripts"})
"""Fields of `[project]` that are entry points."""

_MANIFEST = "pyproject.toml"


class Described(msgspec.Struct, frozen=True):
    """What is known of the project's metadata."""

    distribution: Distribution
    unknown: tuple[str, ...] = ()
    """Fields that only the build backend knows, as pyproject.toml names them."""


def described(project: Project, snapshot: Snapshot) -> Described | None:
    """Return the project's metadata; None where it is not installed as a package."""
    read = _reader(project, snapshot)
    document = tomllib.loads(read(_MANIFEST) or "")
    about, tool = table(document, "project"), table(document, "tool")
    dynamic = frozenset(names(about.get("dynamic")))
    version = static_version(document, project.name, read)
    packaged = table(tool, "uv").get("package", True) and (
        table(tool, "poetry").get("package-mode", True)
    )
    if not packaged or (version is None and not _has_version(about, tool)):
        return None
    points, known = _entry_points(document, read)
    unknown = [*(["version"] if version is None else []), *(dynamic & known)]
    distribution = Distribution(
        name=project.name,
        version=version or UNKNOWN,
        requires_python=project.requires_python,
        requires=project.dependencies,
        extras={
            name: tuple(names(requirements))
            for name, requirements in table(about, "optional-dependencies").items()
        },
        entry_points=points,
    )
    return Described(distribution, tuple(sorted(unknown)))


def metadata_warnings(project: Project, snapshot: Snapshot) -> tuple[Diagnostic, ...]:
    """Return a warning if only the build backend knows the project's version or entry points."""
    found = described(project, snapshot)
    if found is None or not found.unknown:
        return ()
    fields = " and ".join(f"`{field}`" for field in found.unknown)
    message = (
        f"the metadata of `{project.name}` ships without its {fields}, which only a build tells"
    )
    if "version" in found.unknown:
        message += f": its version is `{UNKNOWN}`"
    hint = f"write {fields} in `[project]`, or where the build backend reads it as text"
    return (Diagnostic("warning", message, hint, _MANIFEST),)


def _reader(project: Project, snapshot: Snapshot) -> Read:
    files = {file.path: file for file in snapshot.files}
    has_src = any(path.startswith("src/") for path in files)
    source = project.source(has_src=has_src)

    def read(path: str) -> str | None:
        for place in (path, f"{source}/{path}"):
            file = files.get(posixpath.normpath(place))
            if file is not None:
                return file.source.read_text("utf-8-sig", "replace")
        return None

    return read


def _has_version(about: dict[str, Any], tool: dict[str, Any]) -> bool:
    dynamic = "version" in names(about.get("dynamic"))
    return dynamic or "version" in about or "version" in table(tool, "poetry")


def _entry_points(document: dict[str, Any], read: Read) -> tuple[EntryPoints, frozenset[str]]:
    """Return the entry points, and the dynamic fields that they may not be all of."""
    project, tool = table(document, "project"), table(document, "tool")
    poetry, listed = table(tool, "poetry"), list(_listed(tool, read))
    found: EntryPoints = {}
    for group, points in (
        *listed,
        *table(poetry, "plugins").items(),
        (COMMANDS[0], dict(_poetry_scripts(table(poetry, "scripts")))),
        *table(project, "entry-points").items(),
        (COMMANDS[0], table(project, "scripts")),
        (COMMANDS[1], table(project, "gui-scripts")),
    ):
        texts = {name: value for name, value in table(points).items() if isinstance(value, str)}
        found.setdefault(group, {}).update(texts)
    return found, frozenset() if listed or poetry else _POINTS


def _poetry_scripts(scripts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the scripts that are functions; others are files (`type = "file"`)."""
    for name, value in scripts.items():
        fields = value if isinstance(value, dict) else {"reference": value}
        reference = fields.get("reference") or fields.get("callable")
        if reference and fields.get("type", "console") == "console":
            yield name, reference


def _listed(tool: dict[str, Any], read: Read) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield what setuptools reads from other files: one of entry points, and setup.cfg."""
    written = table(tool, "setuptools", "dynamic", "entry-points").get("file")
    for path in [written] if isinstance(written, str) else names(written):
        yield from _sections(read(path) or "")
    for section, values in _sections(read("setup.cfg") or ""):
        if section == "options.entry_points":
            for group, lines in values.items():
                pairs = (line.partition("=") for line in lines.splitlines() if "=" in line)
                yield group, {name.strip(): value.strip() for name, _, value in pairs}


def _sections(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    if not text:
        return
    try:
        yield from read_ini(text).items()
    except ValueError:
        return
