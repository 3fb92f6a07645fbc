"""Where the code layer is, and which directories of it Python searches."""

from __future__ import annotations

import os
import posixpath
import sys
from pathlib import Path, PurePosixPath

CODE = Path(__file__).parents[2]
"""Root of the code layer: this module is ``sparkferry/runtime/paths.py`` in it."""

BOOTSTRAP = "sparkferry_main.py"
"""The driver's main file, at the root of the code layer and nowhere else."""

SCRIPTS = "SPARKFERRY_SCRIPTS"
"""Environment variable that tells the code layer's ``sitecustomize`` the directory of the running job's
script, relative to the code layer; empty where no directory is to be searched beside the code itself."""

_SHOWN = 10
"""Names that the message about a missing file lists."""


def script_properties(script: str | None) -> dict[str, str]:
    """Return the Spark properties by which executors search the directory of the job's script only.

    PySpark hands ``spark.executorEnv.*`` to its Python workers, in local mode too.
    """
    return {f"spark.executorEnv.{SCRIPTS}": posixpath.dirname(posixpath.normpath(script or ""))}


def keep_scripts_apart() -> None:
    """Take the directories of scripts, which ``sitecustomize`` has put there, off ``sys.path``.

    The job's own script, if it has one, puts its directory back when it runs.
    """
    roots = {f"{CODE}{os.sep}", f"{os.path.realpath(CODE)}{os.sep}"}
    sys.path[:] = [place for place in sys.path if not place.startswith(tuple(roots))]


def is_layer(directory: Path) -> bool:
    """Return whether the directory is a code layer."""
    return (directory / BOOTSTRAP).is_file()


def project_root(directory: Path) -> Path:
    """Return the nearest directory with a pyproject.toml, ``directory`` or one above, or ``directory``."""
    above = (directory, *directory.parents)
    return next((place for place in above if (place / "pyproject.toml").is_file()), directory)


def find_file(root: Path, name: str) -> Path:
    """Return the absolute path of the file or directory ``name`` below ``root``.

    :raises FileNotFoundError: there is none.
    :raises ValueError: ``name`` is absolute, empty, or leads out of ``root``.
    """
    inside = PurePosixPath(name)
    if inside.is_absolute() or ".." in inside.parts or not inside.parts:
        raise ValueError(
            f"could not find the file `{name}`: give its path relative to the project, without `..`"
        )
    path = root.absolute().joinpath(*inside.parts)
    if not path.exists():
        raise FileNotFoundError(_absence(root, inside))
    return path


def _absence(root: Path, name: PurePosixPath) -> str:
    above = next(place for place in name.parents if (root / place).is_dir())
    there = sorted(item.name for item in (root / above).iterdir())
    shown = ", ".join(f"`{item}`" for item in there[:_SHOWN])
    more = f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else ""
    place = "the root of what ships" if above == PurePosixPath() else f"`{above}`"
    return (
        f"could not find the file `{name}`: {place} holds {shown or 'nothing'}{more}; "
        f'name it in `include` of [tool.sparkferry], as `include = ["{name}"]`'
    )
