"""From a recipe and what was locked to a :class:`Draft`. Pure."""

from collections.abc import Iterable
from itertools import groupby

from sparkferry.image.debian.model import Suite
from sparkferry.image.dockerfile.model import Draft, Packed, Requirement, SparkSource
from sparkferry.image.lock import ImageLock
from sparkferry.image.recipe import Recipe
from sparkferry.image.registry.reference import parse
from sparkferry.layers.model import Wheel


def draft(
    recipe: Recipe, lock: ImageLock, python: str, packed: Packed, spark: SparkSource | None
) -> Draft:
    """Return the draft for a ``python`` of this version."""
    artifacts = (pin.artifact for pin in packed.pins)
    served = {found.sha256 for found in artifacts if found.is_wheel and found.url}
    minor = ".".join(python.split(".")[:2])
    return Draft(
        recipe=recipe,
        base=base_of(recipe.base, recipe.suite, minor, lock),
        python=minor,
        requirements=tuple(_requirements(packed.wheels)),
        local=tuple(wheel for wheel in packed.wheels if wheel.sha256 not in served),
        pruned=packed.pruned,
        compiled=packed.compiled,
        spark=spark,
    )


def base_of(written: str, suite: Suite, minor: str, lock: ImageLock) -> str:
    """Return the base: that of the settings if it has Python, else Docker's Python on the same Debian."""
    python = f"docker.io/library/python:{minor}-slim-{suite}"
    chosen = written if "/" in written and parse(written).repository.endswith("python") else python
    digest = lock.base(chosen)
    return f"{chosen}@{digest}" if digest and "@" not in chosen else chosen


def _requirements(wheels: Iterable[Wheel]) -> Iterable[Requirement]:
    def named(wheel: Wheel) -> tuple[str, str]:
        return wheel.name, wheel.version

    for (name, version), group in groupby(sorted(wheels, key=named), named):
        yield Requirement(
            name=name,
            version=version,
            hashes=tuple(sorted({f"sha256:{wheel.sha256}" for wheel in group})),
        )
