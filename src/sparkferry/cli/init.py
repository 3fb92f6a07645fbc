"""`sparkferry init`."""

from pathlib import Path

import click

from sparkferry.cli.options import json_option


@click.command("init")
@click.argument(
    "directory", type=click.Path(path_type=Path, file_okay=False), default=Path(), required=False
)
@json_option
def command(directory: Path, as_json: bool) -> None:
    r"""Make a project in DIRECTORY (the current one if not given) that runs as it is.

    It has the jobs `flights` and `pi`, tests, and a README with the next steps. Prints the directory.

    \b
    Example:
      sparkferry init flights && cd flights && uv lock && sparkferry run flights
    """
    from sparkferry.cli.output import emit_json
    from sparkferry.project.scaffold import scaffold

    written = scaffold(directory.absolute())
    click.echo(
        f"wrote {len(written)} files; next: `uv lock`, then `sparkferry run flights`", err=True
    )
    if as_json:
        emit_json({"directory": directory, "files": written})
    else:
        click.echo(directory)
