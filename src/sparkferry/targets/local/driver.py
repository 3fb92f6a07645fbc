"""What starts the driver of a run of the kind `local`."""

from collections.abc import Mapping

from sparkferry.project.kinds.local import LocalTarget
from sparkferry.spark.installation import Installation
from sparkferry.targets.plan import Plan
from sparkferry.targets.supervise.directory import RunDirectory
from sparkferry.targets.supervise.driver import Driver


def driver_of(
    plan: Plan,
    installation: Installation,
    run: RunDirectory,
    environ: Mapping[str, str],
) -> Driver:
    """Return what starts the driver of a plan; in a container nothing of ``environ`` reaches it."""
    return Driver(
        installation=installation,
        run=run,
        delay_c2=plan.target_as(LocalTarget).quick_compile,
        environ={} if plan.image else environ,
    )
