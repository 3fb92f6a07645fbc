"""`sparkferry init`."""

from pathlib import Path

import click


@click.command("init")
@click.argument(
    "directory", type=click.Path(path_type=Path, file_okay=False), default=Path(), required=False
)
def command(directory: Path) -> None:
    r"""Make a project in DIRECTORY (the current one if not given) that runs as it is.

    It has the jobs `flights` and `pi`, tests, and a README with the next steps. Prints the directory.

    \b
    Example:
      sparkferry init flights && cd flights && uv lock && sparkferry run flights
    """
    from sparkferry.project.scaffold import scaffold

    written = scaffold(directory.absolute())
    click.echo(
        f"wrote {len(written)} files; next: `uv lock`, then `sparkferry run flights`", err=True
    )
    click.echo(directory)
