"""Run at every start of the packed interpreter: the layers are active as a virtual environment is.

`sys.prefix` is where packages are installed and `sys.base_prefix` is where the interpreter is (PEP 405),
so data that a wheel installs below `sys.prefix` is found. The packages are a site directory, so `.pth`
files of wheels have their effect. The scripts of all layers are on PATH.

Standard library only, in a syntax that every Python from 3.8 on reads; without `pathlib`, whose import
every start of Python would pay for.
"""

import os
import site
import sys

_EXECUTABLE = 0o755


def _activate() -> None:
    # By name alone: each layer may be a link into another directory (YARN, the driver's cache).
    home = sys.prefix.rpartition("/")[0]
    scripts = [f"{home}/code/bin", f"{home}/packages/bin"]
    programs = [path for path in (*scripts, f"{home}/python/bin") if os.access(path, os.F_OK)]
    known = os.environ.get("PATH", os.defpath)
    if not known.startswith(os.pathsep.join(programs)):
        os.environ["PATH"] = os.pathsep.join([*programs, known])
    for directory in programs:
        if directory in scripts:
            _make_executable(directory)
    if os.access(f"{home}/packages", os.F_OK):
        sys.prefix = sys.exec_prefix = f"{home}/packages"
        site.addsitedir(sys.prefix)


def _make_executable(directory: str) -> None:
    """Mend the modes of scripts, which Hadoop before 3.4 (Spark 3.5) loses when it unpacks a zip."""
    with os.scandir(directory) as entries:
        paths = [entry.path for entry in entries]
    if not paths or os.access(paths[0], os.X_OK):
        return
    from contextlib import suppress
    from pathlib import Path

    with suppress(OSError):  # the directory may belong to another user
        for path in paths:
            Path(path).chmod(_EXECUTABLE)


_activate()
