"""What starts the driver of a run of the kind `local`."""

from collections.abc import Mapping

from sparkferry.project.kinds.local import LocalTarget
from sparkferry.spark.installation import Installation
from sparkferry.targets.local.request import LocalRequest
from sparkferry.targets.supervise.directory import RunDirectory
from sparkferry.targets.supervise.driver import Driver


def driver_of(
    request: LocalRequest,
    installation: Installation,
    run: RunDirectory,
    environ: Mapping[str, str],
) -> Driver:
    """Return what starts the driver of a request; in a container nothing of ``environ`` reaches it."""
    return Driver(
        installation=installation,
        run=run,
        delay_c2=request.plan.target_as(LocalTarget).quick_compile,
        environ={} if request.plan.image else environ,
    )
