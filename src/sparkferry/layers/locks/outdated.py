"""Whether a uv.lock still says what pyproject.toml asks for."""

from collections.abc import Iterator

from sparkferry.errors import Diagnostic
from sparkferry.layers.locks.lock import Lock
from sparkferry.project.model import Project
from sparkferry.uv.call import try_uv


def outdated(project: Project, lock: Lock) -> Iterator[Diagnostic]:
    """Ask uv, without network if that is enough: only a lock that looks outdated needs more."""
    if try_uv(["lock", "--check", "--offline", "--quiet"], cwd=project.root).code == 0:
        return
    done = try_uv(["lock", "--check"], cwd=project.root)
    if done.code == 0:
        return
    if b"needs to be updated" in done.stderr:
        message = f"`{lock.name}` is not up to date with pyproject.toml"
        yield Diagnostic("error", message, "run `uv lock`", lock.name)
        return
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    message = (
        f"could not tell whether `{lock.name}` is up to date: {said[-1] if said else 'uv failed'}"
    )
    yield Diagnostic("warning", message, "run `uv lock --check`", lock.name)
