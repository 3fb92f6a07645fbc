"""Options that say what to run, shared by the commands that plan a run."""

import functools
from collections.abc import Callable, Iterable

import click

from sparkferry.errors import UserError


def run_options(command: Callable[..., object]) -> Callable[..., object]:
    """Add the job and all that can be asked of its run; pass them on as ``request``."""

    @click.argument("job", required=False)
    @click.argument("argv", metavar="[-- ARGS]...", nargs=-1, type=click.UNPROCESSED)
    @click.option(
        "--set", "sets", metavar="NAME=VALUE", multiple=True, help="An argument of the job."
    )
    @click.option("--conf", metavar="NAME=VALUE", multiple=True, help="A Spark property.")
    @click.option("--run-id", metavar="ID", help="The run's id; made up if not given.")
    @click.option(
        "--strict", is_flag=True, help="Fail if an import comes from outside of the layers."
    )
    @functools.wraps(command)
    def wrapper(
        *args: object, sets: tuple[str, ...], conf: tuple[str, ...], **kwargs: object
    ) -> object:
        import msgspec

        from sparkferry.runs.planning import RunRequest

        job = kwargs.pop("job")
        if job is None and not kwargs.get("file"):
            raise click.UsageError("Missing argument 'JOB'.")
        asked = {name: kwargs.pop(name) for name in ("argv", "run_id", "strict")}
        request = msgspec.structs.replace(
            RunRequest(job_name=str(job or "")),
            sets=pairs("--set", sets),
            spark_conf=pairs("--conf", conf),
            **asked,
        )
        return command(*args, request=request, **kwargs)

    return wrapper


def pairs(option: str, values: Iterable[str]) -> dict[str, str]:
    """Return the pairs; the value is everything after the first ``=``, byte for byte.

    :raises UserError: one has no ``=`` or no key, or a key is given twice.
    """
    found: dict[str, str] = {}
    for text in values:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise UserError(
                f"could not read `{option} {text}`: it is not KEY=VALUE",
                hint=f"write it as `{option} key=value`",
            )
        if key in found:
            raise UserError(
                f"could not read `{option} {text}`: `{key}` is given twice", hint="give it once"
            )
        found[key] = value
    return found
