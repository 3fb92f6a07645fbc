"""Where a driver on this machine finds things."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from sparkferry.image.model import HOME
from sparkferry.spark.environ import private_home
from sparkferry.targets.supervise.directory import RunDirectory

IMAGE_ENVIRONMENT = Path(f"/{HOME}")
"""Where ``python``, ``packages`` and ``code`` lie side by side in an image."""


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run finds things on this machine.

    Before it is started ``master`` may stand for one whose address is not known yet, and what is of the
    installation is missing.
    """

    environment: Path
    """Directory with ``python``, ``packages`` and ``code`` of the driver."""
    report: Path
    """Directory that receives the runtime's report files."""
    master: str
    properties_file: Path | None = None
    executor_options: str = ""
    """Options of this machine for the executors' virtual machines."""
    executor_environ: Mapping[str, str] = {}
    """Variables of the executors."""
    work: Path | None = None
    """The driver's working directory."""
    output: str | None = None
    """Directory that the job writes its output to; the plan's output location if not given."""
    ivy: Path | None = None
    """Directory where jars of Maven coordinates are cached; below the driver's home if not given."""


def executor_environ(run: RunDirectory) -> dict[str, str]:
    """Return the variables of executors here that must not be those of a cluster that outlives the run."""
    own = run.executors
    return {**private_home(own.home, own.temporary), "TMPDIR": str(own.temporary)}
