"""A relative path of the laptop that is not there where the job runs, told as cause and fix.

A run begins in an empty working directory, on the laptop as on a cluster. Files of the project that ship
lie in the code layer.
"""

import re
import zipfile
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path, PurePosixPath

from sparkferry.runs.ledger import Ledger
from sparkferry.runs.model import Run
from sparkferry.runtime.failures import Explanation
from sparkferry.store.errors import NotFoundError
from sparkferry.targets.plan import Plan

_END = r"(?P<path>[^\n'\"]+?)(?:\.? SQLSTATE|\.?[;'\"]| does not exist| \(No such file|\.?$)"

_PYTHON = (
    re.compile(r"FileNotFoundError: .*No such file or directory: (['\"])(?P<path>.+?)\1"),
    re.compile(r"FileNotFoundError: (?P<path>[^\s'\"]+)$"),
)
"""What Python says, as ``[Errno 2] No such file or directory: 'conf/x.json'``, and what libraries say."""

_ABSOLUTE = re.compile(r"/|~|[A-Za-z][A-Za-z0-9+.-]*:")
"""What a path begins with that is absolute, or a URI after RFC 3986."""

_NOT_THERE = re.compile("does not exist|not found|No such file")
_EXECUTOR = r"/work/app-[\w-]+/\d+/"


def explain_missing(text: str, run: Run, ledger: Ledger) -> Explanation | None:
    """Return cause and fix where ``text``, an error of ``run``, names a relative path that is not there.

    :raises ExternalError: the store cannot be asked for the run's code.
    """
    path = missing_path(text, run.id)
    if path is None:
        return None
    return Explanation(
        f"`{path}` is relative to the run's working directory, which is empty when the job begins",
        _fix(path, run.plan, _code_names(run.plan, ledger)),
    )


def missing_path(text: str, run_id: str) -> str | None:
    """Return the relative path of which ``text`` says that it is not there, or None; pure."""
    work = re.compile(rf"(?:/{re.escape(run_id)}/work/|{_EXECUTOR}){_END}")
    for line in text.splitlines():
        patterns = (work, *_PYTHON) if _NOT_THERE.search(line) else _PYTHON
        for found in filter(None, (pattern.search(line) for pattern in patterns)):
            if not _ABSOLUTE.match(found["path"]):
                return found["path"].rstrip("/")
    return None


def _fix(path: str, plan: Plan, shipped: Collection[str]) -> str:
    name = str(PurePosixPath(path))
    opened = f"open it as {_opened(name, plan)}"
    if any(file == name or file.startswith(f"{name}/") for file in shipped):
        return f"it is in the code layer: {opened}"
    if plan.root is not None and (Path(plan.root) / name).exists():
        return f"it is in the project but does not ship: add `{name}` to `include`, and {opened}"
    return (
        "give an absolute path or URI that driver and executors can read, or put the file into the "
        f"project, add it to `include`, and {opened}"
    )


def _opened(name: str, plan: Plan) -> str:
    """Return the expression that is the path of an included file; a script has no context."""
    if plan.job.script is None:
        return f'`context.file("{name}")`'
    depth = len(PurePosixPath(plan.job.script).parts) - 1
    return f'`Path(__file__).parents[{depth}] / "{name}"`'


def _code_names(plan: Plan, ledger: Ledger) -> frozenset[str]:
    found = set[str]()
    for layer in (layer for layer in plan.layers if layer.kind == "code"):
        # A layer that was removed from the store tells nothing.
        with suppress(NotFoundError), ledger.store.open(layer.key) as stream:
            found.update(zipfile.ZipFile(stream).namelist())
    return frozenset(found)
