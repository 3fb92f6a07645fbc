"""The first stages, which need no target to be there: load → snapshot → pack."""

from sparkferry.carriers.api import Artifacts
from sparkferry.carriers.archives import pack_archives
from sparkferry.env import Env
from sparkferry.project.load import load
from sparkferry.project.model import Project
from sparkferry.project.select import Selected
from sparkferry.snapshot.create import create_snapshot
from sparkferry.targets.registry import kind_of


def open_project(selected: Selected, env: Env) -> Project:
    """Load: the project, its tier and its target."""
    return load(
        selected.directory,
        tier=selected.tier,
        target=selected.target,
        overrides=selected.overrides,
        environ=env.environ,
    )


def pack_project(project: Project, env: Env) -> Artifacts:
    """Snapshot and pack into archives, whatever carries runs of the project's target."""
    snapshot = create_snapshot(project)
    facts = kind_of(project.target).facts(project, project.target, env)
    return pack_archives(project, snapshot, facts, env)
