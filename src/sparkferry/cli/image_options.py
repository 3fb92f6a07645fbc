"""Options of the commands that are about the image of a target, and the project with them applied."""

import functools
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click
import msgspec

from sparkferry.cli.options import project_options
from sparkferry.project.select import Selected

if TYPE_CHECKING:
    from sparkferry.project.model import Project


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """The user's choice of an image, before anything is read."""

    selected: Selected
    settings: dict[str, str] = {}
    """Settings of the target's image, as text; they lie over all others."""

    def open(self, **settings: str) -> "Project":
        """Load the project with these and further settings.

        :raises DiagnosticsError: the project or one of them is wrong.
        """
        from sparkferry.cli.env import make_env
        from sparkferry.packing import open_project

        env, given = make_env(), {**self.settings, **settings}
        project = open_project(self._with(given, "image"), env)
        target = project.settings.target
        if not given or project.settings.targets[target].image is None:
            return project
        return open_project(self._with(given, "image", f"targets.{target}.image"), env)

    def _with(self, given: dict[str, str], *tables: str) -> Selected:
        changes = tuple(f"{table}.{key}={text}" for table in tables for key, text in given.items())
        overrides = (*self.selected.overrides, *changes)
        return msgspec.structs.replace(self.selected, overrides=overrides)


def image_options(command: Callable[..., object]) -> Callable[..., object]:
    """Add the options that choose a project and change its image; pass them on as ``chosen``."""

    @click.option("--kind", metavar="KIND", help="`dataproc` or `spark`.")
    @click.option("--tag", metavar="TAG", help="Tag; that of the branch if not given.")
    @click.option(
        "--platform", metavar="LIST", help="As `linux/amd64`, or several with commas between them."
    )
    @project_options
    @functools.wraps(command)
    def wrapper(
        *args: Any,
        selected: Selected,
        kind: str | None,
        tag: str | None,
        platform: str | None,
        **kwargs: Any,
    ) -> object:
        platforms = json.dumps(platform.split(",")) if platform else None
        given = {"kind": kind, "tag": tag, "platforms": platforms}
        settings = {key: text for key, text in given.items() if text is not None}
        return command(*args, chosen=Chosen(selected=selected, settings=settings), **kwargs)

    return wrapper
