"""The kinds of targets: which class serves which settings, imported when it is used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sparkferry.env import Env
from sparkferry.errors import UserError
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.project.kinds.standalone import StandaloneTarget
from sparkferry.project.kinds.target import TargetSettings
from sparkferry.project.model import Project

if TYPE_CHECKING:
    from sparkferry.targets.api import Clusters, Kind

KINDS: dict[type[TargetSettings], str] = {
    LocalTarget: "sparkferry.targets.local.kind:LocalKind",
    StandaloneTarget: "sparkferry.targets.standalone.kind:StandaloneKind",
}
"""Class of each kind, as ``module:name``."""


def kind_of(settings: TargetSettings) -> "Kind[Any, Any]":
    """Return the kind that ``settings`` are for.

    :raises UserError: what it needs is not installed.
    """
    return _imported(type(settings))


def _imported(settings: type[TargetSettings]) -> "Kind[Any, Any]":
    module, _, name = KINDS[settings].partition(":")
    try:
        found: Kind[Any, Any] = getattr(import_module(module), name)()
    except ModuleNotFoundError as error:
        extra = str(settings.__struct_config__.tag)
        raise UserError(
            f"could not use the target's kind `{extra}`: `{error.name}` is not installed",
            hint=f"install it: `pip install 'sparkferry[{extra}]'`",
        ) from error
    return found


def all_clusters(env: Env) -> "tuple[Clusters, ...]":
    """Return the clusters that any kind keeps, of every project of this user."""
    kinds = (_imported(settings) for settings in KINDS)
    return tuple(kind.clusters(None, env) for kind in kinds if kind.capabilities.clusters)


def clusters_of(project: Project, env: Env) -> "Clusters":
    """Return the clusters that the project's target keeps between runs.

    :raises UserError: its kind keeps none.
    """
    kind = kind_of(project.target)
    if not kind.capabilities.clusters:
        raise UserError(
            f"could not keep a cluster of `{project.settings.target}`: "
            f"targets of the kind `{kind.name}` keep none",
            hint="name a target of another kind by --target",
        )
    return kind.clusters(project, env)
