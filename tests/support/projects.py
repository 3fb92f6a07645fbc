"""Small projects with real locks, made by uv from a local index."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sparkferry.process import tool
from sparkferry.project.model import Packages, Project, Settings
from support.index_server import Index

SETTINGS = Settings(spark="4.0")


@dataclass
class Laptop:
    """A user's directory, and the index that everything on it comes from."""

    root: Path
    index: Index

    def project(
        self, *dependencies: str, extra: str = "", lock: str | None = None, **packages: object
    ) -> Project:
        """Write the pyproject.toml and return the project."""
        self.root.mkdir(exist_ok=True)
        (self.root / "pyproject.toml").write_text(
            f'[project]\nname = "demo"\nversion = "0"\nrequires-python = ">=3.11"\n'
            f"dependencies = {list(dependencies)!r}\n{extra}\n"
        )
        return project_at(self.root, *dependencies, lock=lock, **packages)

    def uv(self, *arguments: str) -> None:
        subprocess.run(
            [tool("uv"), *arguments, "--quiet"],
            cwd=self.root,
            check=True,
            env={**os.environ, "UV_DEFAULT_INDEX": self.index.simple},
        )

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path


def project_at(
    root: Path, *dependencies: str, lock: str | None = None, **packages: object
) -> Project:
    """Return the project ``demo`` in ``root`` with these settings of its packages."""
    return Project(
        root=root,
        name="demo",
        requires_python=">=3.11",
        dependencies=dependencies,
        tier="dev",
        settings=msgspec.structs.replace(SETTINGS, lock=lock, packages=Packages(**packages)),
        origins={},
    )
