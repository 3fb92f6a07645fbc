"""What lies beside the scripts of script jobs, and how Python finds it on the cluster.

Under spark-submit a script's directory is the first that Python searches, so what lies in it ships
whole, at its path in the project. The `sitecustomize` of the code layer (site module, "sitecustomize")
puts the directories on ``sys.path`` of every interpreter that finds the code layer: that of the running
job's script in front of the code, or all of them behind it where no job is known.
"""

import posixpath
from collections.abc import Iterator

from sparkferry.layers.zipwriter import Member
from sparkferry.project.model import Project
from sparkferry.snapshot.model import File, Snapshot

SITE = "sitecustomize.py"
"""Path of our `sitecustomize` in the code layer."""

_SITE = '''\
"""Made by sparkferry: modules beside a script are importable, as under spark-submit."""

import os
import sys
from importlib.machinery import PathFinder

CODE = os.path.dirname(os.path.abspath(__file__))
SCRIPTS = {directories!r}


def enter():
    chosen = os.environ.get("SPARKFERRY_SCRIPTS")
    places = [os.path.join(CODE, name) for name in SCRIPTS if chosen in (None, name)]
    found = [os.path.abspath(place) for place in sys.path]
    if chosen and CODE in found:
        index = found.index(CODE)
        sys.path[index:index] = places
    else:
        sys.path.extend(places)


def run_next():
    """Run the `sitecustomize` that this one hides."""
    others = [place for place in sys.path if os.path.abspath(place) != CODE]
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        module = type(sys)("sitecustomize")
        module.__file__, module.__spec__ = spec.origin, spec
        spec.loader.exec_module(module)


enter()
run_next()
'''


def scripts(project: Project) -> dict[str, str]:
    """Return the normalised path of the script of each script job, by the job's name."""
    jobs = project.settings.jobs.items()
    return {name: posixpath.normpath(job.script) for name, job in jobs if job.script is not None}


def script_directories(project: Project) -> tuple[str, ...]:
    """Return the directories of the scripts, sorted, but for the project's own directory."""
    found = {posixpath.dirname(script) for script in scripts(project).values()}
    return tuple(sorted(found - {""}))


def beside_scripts(project: Project, snapshot: Snapshot) -> Iterator[File]:
    """Yield the scripts, and everything in their directories."""
    wanted = frozenset(scripts(project).values())
    inside = tuple(f"{directory}/" for directory in script_directories(project))
    for file in snapshot.files:
        if file.path in wanted or file.path.startswith(inside):
            yield file


def site_member(project: Project) -> tuple[Member, ...]:
    """Return our `sitecustomize`; none where no script lies in a directory of its own."""
    directories = script_directories(project)
    return (Member(SITE, _SITE.format(directories=directories).encode()),) if directories else ()
