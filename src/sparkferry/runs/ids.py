"""Names of runs: making, checking and finding ids."""

import re
from collections.abc import Callable, Iterable

from sparkferry.clock import SYSTEM, Clock
from sparkferry.errors import UserError
from sparkferry.project.keys import nearest

LIMIT = 63
"""Characters of an id at most: of a DNS label (RFC 1123) and of a Dataproc batch id."""

_ID = re.compile(r"[a-z][a-z0-9-]{2,61}[a-z0-9]")
"""A DNS-1035 label (as Kubernetes names need) that is also a Dataproc batch id: 4 to 63 characters."""

_MOMENT = re.compile(r"-(\d{8}-\d{6})-[a-z0-9]{4}$")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_SUFFIX = len("-20260101-000000-abcd")


def random_suffix() -> str:
    """Return four random characters of ``a-z0-9``."""
    import secrets

    return "".join(secrets.choice(_ALPHABET) for _ in range(4))


def new_id(job: str, clock: Clock = SYSTEM, suffix: Callable[[], str] = random_suffix) -> str:
    """Return ``<job>-<UTC yyyymmdd-hhmmss>-<4 random>``; the job's name is sanitised and cut to fit."""
    moment = clock.now().strftime("%Y%m%d-%H%M%S")
    return f"{_label(job)}-{moment}-{suffix()}"


def is_id(text: str) -> bool:
    """Return whether ``text`` may be a run's id."""
    return _ID.fullmatch(text) is not None


def check_id(run_id: str) -> str:
    """Return ``run_id`` if it may be a run's id.

    :raises UserError: it is not 4 to 63 of ``a-z0-9-``, begins with no letter, or ends with a hyphen.
    """
    if not is_id(run_id):
        raise UserError(
            f"could not use `{run_id}` as a run id: it is not 4 to {LIMIT} of a-z, 0-9 and `-`, "
            "with a letter first and no `-` last",
            hint="leave --run-id out to get an id that fits",
        )
    return run_id


def moment_of(run_id: str) -> str | None:
    """Return the ``yyyymmdd-hhmmss`` in an id that :func:`new_id` made, or None."""
    found = _MOMENT.search(run_id)
    return found[1] if found else None


def select_id(text: str, found: Iterable[str], known: Iterable[str]) -> str:
    """Return the one id of ``found``, which begin with ``text``, or ``text`` itself if it is among them.

    :raises UserError: there is none, or more than one; the error names one of ``known`` that is like it.
    """
    every = sorted(found)
    if len(every) == 1 or text in every:
        return text if text in every else every[0]
    if every:
        named = ", ".join(f"`{item}`" for item in every[:4]) + (", …" if len(every) > 4 else "")
        raise UserError(
            f"could not find the run `{text}`: {len(every)} runs begin so: {named}",
            hint="give more of the id",
        )
    near = nearest(text, known)
    hint = f"did you mean `{near}`?" if near else "`sparkferry runs` lists the runs"
    raise UserError(f"could not find the run `{text}`: no run has this id", hint=hint)


def _label(job: str) -> str:
    """Return the job's name as the beginning of a DNS-1035 label, short enough for an id."""
    label = re.sub(r"[^a-z0-9]+", "-", job.lower()).strip("-")[: LIMIT - _SUFFIX].rstrip("-")
    return label if label[:1].isalpha() else f"job-{label}"[: LIMIT - _SUFFIX].rstrip("-")
