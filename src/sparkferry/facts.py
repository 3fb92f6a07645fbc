"""What the place brings where a run's driver and executors run."""

from typing import Literal

import msgspec

from sparkferry.base.platforms import Platform


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Found out once for a run, by the target's kind, and recorded in its plan."""

    spark: str
    """Full version of Spark, as ``4.0.5``."""
    pythons: tuple[str, ...]
    """Minor versions of Python that its Spark runs on, oldest first, as ``3.9``."""
    platform: Platform
    glibc: tuple[int, int]
    """Of the executors' machines."""
    java: tuple[int, ...] | None
    """Feature versions of Java of which THIS machine needs one; None where the target has its own."""
    deploy_mode: Literal["client", "cluster"]
    """Whether the driver runs on this machine or in the cluster."""
    schemes: tuple[str, ...]
    """Schemes of the URIs that executors can read."""
    executors: int | None
    """How many there will be; None where that is decided while the run goes on."""
    here: bool = False
    """Whether driver and executors are processes of this machine, with its libraries."""
