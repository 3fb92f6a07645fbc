"""The kinds of targets: which class serves which settings, imported when it is used."""

from importlib import import_module

from sparkferry.base.cache import Cache
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.project.kinds.registry import AnyTarget
from sparkferry.targets.api import Target

KINDS: dict[type[AnyTarget], str] = {
    LocalTarget: "sparkferry.targets.local.target:EmbeddedTarget",
}
"""Class of each kind, as ``module:name``."""


def target_for(settings: AnyTarget, cache: Cache) -> Target:
    """Return the target for ``settings``."""
    module, _, name = KINDS[type(settings)].partition(":")
    target: Target = getattr(import_module(module), name)(settings, cache)
    return target
