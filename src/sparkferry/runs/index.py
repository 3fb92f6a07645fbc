"""Keys that tell of runs without their records being read: what `runs` filters by, and how runs ended.

::

    index/<day>/<time>-<run-id>@job@<job>@<branch>      of every run, written when its id is reserved
    index/<day>/<time>-<run-id>@end@<state>@<number>    of a run that has ended; number of its last event
    index/0-built                                       runs that were there before the index are in it

The objects are empty. Day and time (UTC) have each digit subtracted from nine, so that stores, which list
keys in ascending order only, begin with the newest run.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

import msgspec

from sparkferry.runs.model import Run
from sparkferry.runs.states import FINAL, State
from sparkferry.snapshot.branch import slug

INDEX = "index/"
BUILT = "index/0-built"

_NINES = str.maketrans("0123456789", "9876543210")
_SECOND = len("20260101120000")
_DAY = len("20260101")


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A run, as its keys tell of it."""

    place: str
    """What its keys begin with."""
    id: str
    job: str
    """The job's name as a slug, as all names in keys."""
    branch: str
    state: State | None = None
    """The state in which it ended; None where nobody has recorded an end here."""
    last: int | None = None
    """Number of its last event, where it has ended."""

    @property
    def prefix(self) -> str:
        """Where the run's records are."""
        return f"runs/{self.branch}/{self.id}"

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that it was read from."""
        own = f"{self.place}@job@{self.job}@{self.branch}"
        return (own, end_key(self.place, self.state, self.last)) if self.state else (own,)


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs to list; None is any."""

    job: str | None = None
    branch: str | None = None
    state: State | None = None
    user: str | None = None
    since: str | None = None
    """The earliest moment of creation: UTC, ISO 8601."""

    def is_over(self, listed: Listed) -> bool:
        """Return whether neither this run nor any older one is to list."""
        # The digits of places are those of nine minus the moment's.
        return self.since is not None and listed.place > f"{place_of('', self.since)}~"

    def may_admit(self, listed: Listed) -> bool:
        """Return whether a run may be to list, as far as its keys tell."""
        wanted = (
            (self.job and slug(self.job), listed.job),
            (self.branch and slug(self.branch), listed.branch),
            (self.state if listed.state else None, listed.state),
        )
        return all(want is None or want == found for want, found in wanted)

    def admits(self, run: Run) -> bool:
        """Return whether a run is to be listed, now that its state is known."""
        wanted = ((self.state, run.state), (self.user, run.plan.user))
        return all(want is None or want == found for want, found in wanted)


def place_of(run_id: str, created: str) -> str:
    """Return what the keys of a run begin with; ``created`` is UTC, year first: ISO 8601, or digits alone."""
    digits = re.sub(r"\D", "", created)[:_SECOND].ljust(_SECOND, "0").translate(_NINES)
    return f"{INDEX}{digits[:_DAY]}/{digits[_DAY:]}-{run_id}"


def job_key(prefix: str, created: str, job: str) -> str:
    """Return the key of a run whose records are below ``prefix``."""
    _, branch, run_id = prefix.split("/")
    return f"{place_of(run_id, created)}@job@{slug(job)}@{branch}"


def end_key(place: str, state: State, last: int | None) -> str:
    """Return the key that tells how a run ended."""
    return f"{place}@end@{state}@{last}"


def folded(keys: Iterable[str]) -> Iterator[Listed]:
    """Yield the runs that sorted keys tell of; keys of other shapes are passed over."""
    for place, group in groupby(keys, key=lambda key: key.partition("@")[0]):
        parts = [key.removeprefix(place).split("@")[1:] for key in group]
        jobs = [part[1:] for part in parts if part[:1] == ["job"] and len(part) == 3]
        ends = [part[1:] for part in parts if part[:1] == ["end"] and _is_end(part[1:])]
        if jobs:
            yield _listed(place, jobs[0], ends)


def _listed(place: str, job: list[str], ends: list[list[str]]) -> Listed:
    run_id = place.rpartition("/")[2].partition("-")[2]
    listed = Listed(place=place, id=run_id, job=job[0], branch=job[1])
    for state, last in ends:
        known = next(name for name in FINAL if name == state)
        listed = msgspec.structs.replace(listed, state=known, last=int(last))
    return listed


def _is_end(part: list[str]) -> bool:
    return len(part) == 2 and part[0] in FINAL and part[1].isdecimal()
