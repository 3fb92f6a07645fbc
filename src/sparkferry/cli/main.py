"""The program's entry: a group that imports a command only when it is used, and ends with its exit code."""

import os
import signal
import sys
from contextlib import suppress
from importlib import import_module

import click

from sparkferry import __version__

COMMANDS = {
    "init": "Make a project that runs as it is.",
    "check": "Report every problem of config, lock, Python, Spark and Java at once.",
    "config": "Show each resolved setting and where it came from.",
    "pack": "Build the layers: interpreter, packages, code.",
    "image": "Build, push and examine OCI images, without a daemon.",
    "run": "Run a job on a target and bring its result back.",
    "plan": "Show what a run would build, upload and submit.",
    "render": "Print the native request of a run; send nothing.",
    "runs": "List runs.",
    "status": "Show one run.",
    "logs": "Print the logs of a run.",
    "cancel": "Stop a run.",
    "rerun": "Run again, with the same layers and arguments.",
    "fetch": "Bring the files of a run to this machine.",
    "diff": "Show what differs between two runs.",
    "probe": "Prove interpreter, packages and code on every executor.",
    "cluster": "Keep an embedded Spark cluster warm.",
    "release": "Make, promote and examine releases.",
    "store": "See what a store holds.",
    "gc": "Delete what no run refers to.",
}
"""Every command, in the order of a user's day, with its line of help."""


def _with_kept_lines(command: click.Command) -> click.Command:
    r"""Turn the `\b` of raw docstrings into click's mark of lines that are not to be wrapped."""
    command.help = command.help.replace(r"\b", "\b") if command.help else None
    for inner in command.commands.values() if isinstance(command, click.Group) else ():
        _with_kept_lines(inner)
    return command


class LazyGroup(click.Group):
    """A group whose commands live in ``sparkferry.cli.<name>`` as ``command``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names without importing anything."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"sparkferry.cli.{cmd_name}").command
        return _with_kept_lines(command) if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table above."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command where the given one does not exist."""
        if (name := args[0]) not in COMMANDS and not name.startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(name, COMMANDS, n=1)
            hint = f"did you mean `{near[0]}`?" if near else "`sparkferry --help` lists them"
            ctx.fail(f"there is no command `{name}`: {hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sparkferry")
@click.option("--debug", is_flag=True, help="Show a stack trace when a command fails.")
@click.option(
    "--store", metavar="URL", help="Store that commands look in which take --store themselves."
)
def cli(debug: bool, store: str | None) -> None:
    r"""Carry a PySpark project, code and Python, to any Spark cluster, and bring the run back.

    \b
    Example:
      sparkferry init flights && cd flights && uv lock
      sparkferry run flights
    """
    # The commands that take a store find it with their own option.
    del debug, store


_with_kept_lines(cli)


def main() -> None:
    """Run the command line and end the process with the exit code of the error tree."""
    _open_what_is_closed()
    _end_on_signals()
    sys.exit(invoke(sys.argv[1:]))


def invoke(args: list[str]) -> int:
    """Run one command line and return its exit code."""
    try:
        result: object = cli.main(args, prog_name="sparkferry", standalone_mode=False)
    except click.exceptions.Abort as error:
        why = error.__cause__
        with suppress(OSError):
            click.echo(str(why) or "interrupted", err=True)
        return int(getattr(why, "exit_code", 130))
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        return error.exit_code
    except SystemExit:
        # How click ends where the reader of a pipe has gone: it has what it wanted.
        return 0
    except Exception as error:  # noqa: BLE001 - all of them are reported
        from sparkferry.cli.failure import report

        return report(error, trace="--debug" in args[: _position_of_command(args)])
    return result if isinstance(result, int) else 0


def _end_on_signals() -> None:
    """Let SIGHUP and SIGTERM end what is under way as Ctrl-C does; `nohup` is left in force."""
    reasons = {
        signal.SIGHUP: "its client was hung up (SIGHUP)",
        signal.SIGTERM: "its client was terminated (SIGTERM)",
    }

    def stop(number: int, frame: object) -> None:
        del frame
        from sparkferry.errors import Stopped

        raise Stopped(number, reasons[signal.Signals(number)])

    for number in reasons:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)


def _open_what_is_closed() -> None:
    """Let the null device stand for a standard stream that the caller has closed."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), "r+", encoding="utf-8"))


def _position_of_command(args: list[str]) -> int:
    return next((i for i, arg in enumerate(args) if not arg.startswith("-")), len(args))
