"""Making a release: conditions, build, publication, record."""

import platform
import sys
from collections.abc import Iterator

import msgspec

from sparkferry import __version__
from sparkferry.carriers.api import Artifacts, Carrier
from sparkferry.carriers.archives import target_python
from sparkferry.checks import check_project
from sparkferry.clock import stamp
from sparkferry.env import Env
from sparkferry.errors import Diagnostic, UserError, raise_errors
from sparkferry.flow import pack
from sparkferry.layers.locks.selection import select
from sparkferry.paths import user_name
from sparkferry.project.model import Job, Project
from sparkferry.releases.conditions import (
    find_notes,
    name_problems,
    notes_problems,
    pin_problems,
    source_problems,
    tag_of,
)
from sparkferry.releases.model import Release, encode_release, release_key
from sparkferry.runs.deletion import lease
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.planning import RunRequest, identity, plan, source_of
from sparkferry.runs.stored import tree_of
from sparkferry.snapshot.create import create_snapshot
from sparkferry.snapshot.model import Snapshot
from sparkferry.spark.secrets import redacted
from sparkferry.store.open import open_store
from sparkferry.targets.plan import Plan
from sparkferry.targets.registry import kind_of

CHECKS = (
    "the working tree is clean",
    "the tag is at the commit",
    "the branch is one that is released",
    "there are notes",
    "every package has a digest, and none is of this machine alone",
    "`check` finds no error for any target",
)


def create_release(project: Project, name: str, ledger: Ledger, env: Env) -> Release:
    """Build, publish and record a version; a part that is there already is not built or sent again.

    :raises DiagnosticsError: conditions that do not hold, all of them.
    :raises UserError: the version is there already.
    :raises ExternalError: an index, a build, the store or the disk failed; the next try goes on.
    """
    store, snapshot = ledger.store, create_snapshot(project)
    raise_errors(f"release `{name}`", _problems(project, snapshot, name, env))
    if store.exists(release_key(name)):
        raise _taken(name, ledger)
    targets = [_targeting(project, target) for target in _targets(project)]
    built = {target.settings.target: pack(target, env) for target in targets}
    for target, artifacts in built.items():
        if artifacts.image is not None:
            raise UserError(
                f"could not release `{name}` for `{target}`: its runs are in an image of this machine",
                hint="release for targets whose layers are archives; images go to a registry by "
                "`sparkferry image push`",
            )
    keys = {
        layer.key
        for target in targets
        for layer in _carrier(target, env).locate(built[target.settings.target]).layers
    }
    with lease(ledger, keys, env.progress):
        plans = {x.settings.target: _published(x, built[x.settings.target], env) for x in targets}
        release = _release(project, name, snapshot, plans, env)
        if not store.put(release_key(name), encode_release(release)):
            raise _taken(name, ledger)
    return release


def _problems(project: Project, snapshot: Snapshot, name: str, env: Env) -> Iterator[Diagnostic]:
    yield from name_problems(name)
    yield from source_problems(project, snapshot, name)
    yield from notes_problems(project, name)
    yield from _target_problems(project)
    for target in _targets(project):
        if target in project.settings.targets:
            yield from _of_target(_targeting(project, target), env)


def _of_target(project: Project, env: Env) -> Iterator[Diagnostic]:
    found = check_project(project, env)
    yield from (item for item in found if item.severity == "error")
    if any(item.severity == "error" for item in found):
        return
    facts = kind_of(project.target).facts(project, project.target, env)
    selection = select(project, target_python(project, facts, env).environment, env.cache)
    yield from pin_problems(selection.pins, selection.lock)


def _target_problems(project: Project) -> Iterator[Diagnostic]:
    known, own = project.settings.targets, project.target.store
    for name in _targets(project):
        if name not in known:
            hint = "name targets of the project in `targets` of `[tool.sparkferry.release]`"
            yield Diagnostic("error", f"there is no target `{name}` to release for", hint)
        elif known[name].store != own:
            yield Diagnostic(
                "error",
                f"the targets `{name}` and `{project.settings.target}` have different stores",
                "give them one: a release has its layers in one place",
            )


def _targets(project: Project) -> tuple[str, ...]:
    return project.settings.release.targets or (project.settings.target,)


def _targeting(project: Project, target: str) -> Project:
    settings = msgspec.structs.replace(project.settings, target=target)
    return msgspec.structs.replace(project, settings=settings)


def _carrier(project: Project, env: Env) -> Carrier:
    return kind_of(project.target).carrier(project, project.target, env)


def _published(project: Project, artifacts: Artifacts, env: Env) -> Plan:
    """Publish the artifacts, and return the plan of no run."""
    published = _carrier(project, env).publish(artifacts, env)
    store = open_store(project.target.store, project.root, env)
    request = RunRequest(job_name="release", job=Job(entry="release:none"))
    who = identity(request, artifacts.snapshot.branch, store, env)
    return plan(project, request, artifacts, published, who)


def _release(
    project: Project, name: str, snapshot: Snapshot, plans: dict[str, Plan], env: Env
) -> Release:
    jobs = {
        job: msgspec.structs.replace(found, spark_conf=redacted(found.spark_conf))
        for job, found in project.settings.jobs.items()
    }
    return Release(
        name=name,
        project=project.name,
        tier=project.tier,
        created=stamp(env.clock),
        user=user_name(env.environ),
        source=source_of(snapshot),
        tag=tag_of(project, name),
        notes=find_notes(project, name) or "",
        jobs=jobs,
        target=project.settings.target,
        plans={target: tree_of(found) for target, found in plans.items()},
        lock_sha256=next(iter(plans.values())).lock_sha256,
        builder={
            "sparkferry": __version__,
            "python": platform.python_version(),
            "platform": sys.platform,
        },
        checks=CHECKS,
    )


def _taken(name: str, ledger: Ledger) -> UserError:
    return UserError(
        f"could not release `{name}`: it is in the store `{ledger.store.url}` already",
        hint="a release is never built again: give the next version a name of its own",
    )
