"""The arguments of a job against its function's signature, before anything is packed.

The function is read, never imported; its annotations become types, and the converter that binds the
arguments on the cluster binds them here.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sparkferry.errors import Diagnostic
from sparkferry.project.entry import NotFound, find_function
from sparkferry.project.keys import did_you_mean
from sparkferry.project.modules import Modules
from sparkferry.project.parameters import Signature, read_signature
from sparkferry.project.places import diagnostic
from sparkferry.runtime.arguments import ArgumentsError, bind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sparkferry.project.model import Project


def check_arguments(
    project: Project, job_name: str, sets: Mapping[str, str], *, complete: bool = True
) -> tuple[Diagnostic, ...]:
    """Return all that is wrong with a job's function and the arguments that it would get.

    :param sets: text from the command line, by parameter name; wins over the job's `args`.
    :param complete: whether no more arguments will be given, so that one without default is missed.
    """
    job = project.settings.jobs.get(job_name)
    if job is None:
        hint = did_you_mean(job_name, project.settings.jobs, plural="jobs")
        return (Diagnostic("error", f"there is no job `{job_name}`", hint),)
    if job.entry is None:
        hint = "it is a script: pass arguments after `--`"
        said = f"`{job_name}` takes no argument "
        return tuple(Diagnostic("error", f"{said}`{name}`", hint) for name in sets)
    try:
        return tuple(_check(project, job_name, job.entry, sets if complete else None))
    except SyntaxError as error:
        file = _relative(Path(error.filename or ""), project)
        return (Diagnostic("error", f"not valid Python: {error.msg}", None, file, error.lineno),)


def _check(
    project: Project, job_name: str, entry: str, sets: Mapping[str, str] | None
) -> Iterator[Diagnostic]:
    source = project.source(has_src=(project.root / "src").is_dir())
    modules = Modules(project.root / source)
    function = find_function(entry, modules)
    if isinstance(function, NotFound):
        yield _not_found(project, job_name, function)
        return
    signature = read_signature(function, modules)
    file = _relative(function.module.path, project)
    for fault in signature.faults:
        yield Diagnostic("error", fault.message, fault.hint, file, fault.line)
    hint = str(signature)
    if sets is None:
        signature, sets = signature.without_required(), {}
    args = project.settings.jobs[job_name].args
    blamed = _by_key(signature, args, sets)
    for said in _problems(signature, args, sets):
        if said in blamed:
            path = ("jobs", job_name, "args", blamed[said])
            yield diagnostic(project.origins, path, said, hint)
        else:
            yield Diagnostic("error", said, hint, file, signature.line)


def _not_found(project: Project, job_name: str, found: NotFound) -> Diagnostic:
    return diagnostic(
        project.origins,
        ("jobs", job_name, "entry"),
        found.message,
        found.hint,
        severity="error" if found.certain else "warning",
    )


def _problems(
    signature: Signature, args: Mapping[str, Any], sets: Mapping[str, str]
) -> tuple[str, ...]:
    try:
        bind(signature.parameters, args, sets)
    except ArgumentsError as error:
        return tuple(error.problems)
    return ()


def _by_key(
    signature: Signature, args: Mapping[str, Any], sets: Mapping[str, str]
) -> dict[str, str]:
    """Return which key of the job's `args` each problem belongs to: without it, it is gone."""
    found = _problems(signature, args, sets)
    return {
        said: key
        for key in (args if found else ())
        for said in found
        if said not in _problems(signature, {k: v for k, v in args.items() if k != key}, sets)
    }


def _relative(path: Path, project: Project) -> str:
    return path.relative_to(project.root).as_posix()
