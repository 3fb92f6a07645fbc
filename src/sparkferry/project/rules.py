"""What must hold between settings that each have the right type."""

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from sparkferry.project.image_rules import check_image
from sparkferry.project.inside import leaves
from sparkferry.project.keys import did_you_mean, dotted
from sparkferry.project.kinds.target import RESERVED
from sparkferry.project.model import Job, Settings
from sparkferry.project.shape import Problem
from sparkferry.project.tables import SparkConf

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
"""Names of jobs, targets and tiers: short enough for a run id that is a DNS label."""

_ENTRY = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*")


def check(settings: Settings, root: Path) -> Iterator[Problem]:
    """Yield every rule that the settings of the project in ``root`` break."""
    yield from names(("jobs",), settings.jobs)
    yield from names(("targets",), settings.targets)
    if settings.targets and settings.target not in settings.targets:
        yield _no_target(settings)
    yield from _properties(("spark-conf",), settings.spark_conf)
    for name, target in settings.targets.items():
        place = ("targets", name, "spark-conf")
        yield from _properties(place, target.spark_conf, {**RESERVED, **target.reserved})
        for found in target.problems(target.image or settings.image, root):
            yield msgspec.structs.replace(found, path=("targets", name, *found.path))
    for name, job in settings.jobs.items():
        yield from _job(("jobs", name), job, root)
    yield from check_image(("image",), settings.image, root)
    for name, target in settings.targets.items():
        if target.image is not None:
            yield from check_image(("targets", name, "image"), target.image, root)
    yield from _inside(settings)


def names(path: tuple[str, ...], named: Mapping[str, object]) -> Iterator[Problem]:
    """Yield the names below ``path`` that are not valid."""
    for name in named:
        if not NAME.fullmatch(name):
            said = f"`{name}` is not a name for one of the {path[-1]}"
            hint = "small letters, digits and dashes, a letter first, 40 characters at most"
            yield Problem((*path, name), said, hint)


def _no_target(settings: Settings) -> Problem:
    hint = did_you_mean(settings.target, settings.targets, plural="targets")
    return Problem(("target",), f"there is no target `{settings.target}`", hint)


def _properties(
    path: tuple[str, ...], conf: SparkConf, reserved: Mapping[str, str] = RESERVED
) -> Iterator[Problem]:
    for name in conf:
        if name in reserved:
            said = f"sparkferry sets `{name}` itself"
            yield Problem((*path, name), said, f"remove it: {reserved[name]}")
        elif not name.startswith("spark."):
            said = f"Spark ignores the property `{name}`"
            hint = f"Spark's properties begin with `spark.`; Hadoop's are `spark.hadoop.{name}`"
            yield Problem((*path, name), said, hint)


def _job(path: tuple[str, ...], job: Job, root: Path) -> Iterator[Problem]:
    if (job.entry is None) == (job.script is None):
        has = "neither `entry` nor `script`" if job.entry is None else "both `entry` and `script`"
        hint = 'give one: `entry = "package.module:function"` or `script = "path/to/file.py"`'
        yield Problem(path, f"`{dotted(path)}` has {has}", hint)
    if job.entry is not None and not _ENTRY.fullmatch(job.entry):
        hint = "write it as `package.module:function`"
        yield Problem((*path, "entry"), f"`{job.entry}` does not name a function", hint)
    if job.script is not None:
        yield from _script((*path, "script"), job.script, root)
    if job.script is not None and job.args:
        said = f"`{dotted(path)}` is a script and takes no typed `args`"
        yield Problem((*path, "args"), said, "pass arguments after `--`, or use `entry`")
    yield from _properties((*path, "spark-conf"), job.spark_conf)
    for key, data in (("args", job.args), ("config", job.config)):
        yield from _not_json((*path, key), data)


def _not_json(path: tuple[str, ...], value: object) -> Iterator[Problem]:
    """Yield the numbers of TOML that JSON, as which arguments travel, does not have."""
    if isinstance(value, float) and not math.isfinite(value):
        said = f"`{dotted(path)}` cannot be `{value}`: arguments travel as JSON"
        yield Problem(path, said, "give it as text, or leave it out and let the job have a default")
    if isinstance(value, list):
        value = dict(enumerate(value))
    for key, item in value.items() if isinstance(value, dict) else ():
        yield from _not_json((*path, str(key)), item)


def _script(path: tuple[str, ...], script: str, root: Path) -> Iterator[Problem]:
    if leaves(script):
        hint = "move it into the project"
        yield Problem(path, f"the script `{script}` is outside of the project", hint)
    elif not (root / script).is_file():
        hint = "the path is relative to the directory of pyproject.toml"
        yield Problem(path, f"there is no script `{script}`", hint)


def _inside(settings: Settings) -> Iterator[Problem]:
    paths = [(("include",), pattern) for pattern in settings.include]
    paths += [(("source",), settings.source)] if settings.source is not None else []
    for path, written in paths:
        if leaves(written):
            said = f"`{written}` of `{dotted(path)}` leads out of the project"
            yield Problem(path, said, "only what is below pyproject.toml can ship")
