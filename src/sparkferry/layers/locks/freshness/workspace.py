"""The uv workspace that a uv.lock belongs to: its root, its members, their pyproject.toml.

Source: https://docs.astral.sh/uv/concepts/projects/workspaces/.
"""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from sparkferry.layers.locks.lock import read_pyproject
from sparkferry.layers.names import normalised
from sparkferry.project.declared.model import names, table


class Member:
    """A directory with a pyproject.toml; what cannot be read is empty."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def document(self) -> dict[str, Any]:
        """The content of its pyproject.toml."""
        return read_pyproject(self.root)

    @property
    def name(self) -> str:
        """Normalised name, or empty text."""
        found = table(self.document, "project").get("name")
        return normalised(found) if isinstance(found, str) else ""

    @property
    def uv(self) -> dict[str, Any]:
        """The table ``[tool.uv]``."""
        return table(self.document, "tool", "uv")

    @property
    def sources(self) -> dict[str, list[dict[str, Any]]]:
        """``[tool.uv.sources]``: the places of each package, by its normalised name."""
        if self.uv.get("no-sources") is True:
            return {}
        return {
            normalised(name): [item for item in _listed(written) if isinstance(item, dict)]
            for name, written in table(self.uv, "sources").items()
        }

    def index(self, name: str) -> str | None:
        """Return the URL of the index ``name``, or None."""
        indexes = self.uv.get("index")
        for item in indexes if isinstance(indexes, list) else ():
            if isinstance(item, dict) and item.get("name") == name:
                return str(item.get("url", ""))
        return None

    def is_package(self, *, required: bool) -> bool:
        """Return whether uv builds it; ``required`` is whether a member of its workspace depends on it."""
        explicit = self.uv.get("package")
        return (
            explicit if isinstance(explicit, bool) else required or "build-system" in self.document
        )


class Workspace:
    """A root and its members; a project alone is a workspace of one."""

    def __init__(self, root: Path) -> None:
        self.root = Member(root)
        self.members: dict[str, Member] = {
            member.name: member for member in _members(self.root) if member.name
        }

    @cached_property
    def required(self) -> dict[str, bool | None]:
        """Members that ``workspace = true`` sources name, and whether they are editable, where said."""
        found: dict[str, bool | None] = {}
        for member in (self.root, *self.members.values()):
            for name, sources in member.sources.items():
                for source in sources:
                    if source.get("workspace") is True and name != member.name:
                        found[name] = source.get("editable")
        return found

    def kind(self, name: str) -> str:
        """Return how uv.lock installs a member: ``virtual``, ``editable`` or ``directory``."""
        if not self.members[name].is_package(required=name in self.required):
            return "virtual"
        return "directory" if self.required.get(name) is False else "editable"


def _listed(written: object) -> list[Any]:
    return written if isinstance(written, list) else [written]


def _members(root: Member) -> Iterator[Member]:
    if "project" in root.document:
        yield root
    settings = table(root.uv, "workspace")
    left_out = {path for pattern in names(settings.get("exclude")) for path in _glob(root, pattern)}
    found = {path for pattern in names(settings.get("members")) for path in _glob(root, pattern)}
    for path in sorted(found - left_out - {root.root}):
        member = Member(path)
        if "project" in member.document and member.uv.get("managed") is not False:
            yield member


def _glob(root: Member, pattern: str) -> list[Path]:
    pattern = pattern.strip("/").removeprefix("./")
    try:
        return [path for path in root.root.glob(pattern) if (path / "pyproject.toml").is_file()]
    except (ValueError, NotImplementedError):
        return []


def workspace_of(path: Path, known: Workspace) -> Workspace:
    """Return the workspace that the project in ``path`` belongs to, which may be ``known``."""
    if _has(known, path):
        return known
    for root in path.parents:
        if "workspace" in Member(root).uv and _has(found := Workspace(root), path):
            return found
    return Workspace(path)


def _has(workspace: Workspace, path: Path) -> bool:
    return any(member.root == path for member in workspace.members.values())
