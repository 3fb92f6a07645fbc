"""Options that several commands share."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from sparkferry.project.select import Selected

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def store_options(command: Callable[..., object]) -> Callable[..., object]:
    """Add the options of a project, and one that names a store in its place; pass them on as ``selected``."""

    @click.option(
        "--store",
        metavar="URL",
        envvar="SPARKFERRY_STORE",
        help="Store to look in, as `s3://bucket/prefix`; no project is needed then.",
    )
    @functools.wraps(command)
    def wrapper(*args: Any, selected: Selected, store: str | None, **kwargs: Any) -> object:
        from msgspec.structs import replace

        store = store or click.get_current_context().find_root().params.get("store")
        return command(*args, selected=replace(selected, store=store), **kwargs)

    return project_options(wrapper)


def project_options(command: Callable[..., object]) -> Callable[..., object]:
    """Add the options that choose a project, a target and a tier; pass them on as ``selected``."""

    @click.option("--target", metavar="NAME", help="Target; the project's default if not given.")
    @click.option("--tier", metavar="NAME", help="Tier; `dev` if not given.")
    @click.option(
        "-o",
        "--override",
        "overrides",
        metavar="KEY=VALUE",
        multiple=True,
        help="Set any configuration key, as `targets.local.workers=0`.",
    )
    @click.option(
        "-C",
        "--project",
        "directory",
        metavar="DIR",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        default=Path(),
        help="Directory of the project; the current one if not given.",
    )
    @functools.wraps(command)
    def wrapper(
        *args: Any,
        target: str | None,
        tier: str | None,
        overrides: tuple[str, ...],
        directory: Path,
        **kwargs: Any,
    ) -> object:
        selected = Selected(
            directory=directory.absolute(), target=target, tier=tier, overrides=overrides
        )
        return command(*args, selected=selected, **kwargs)

    return wrapper
