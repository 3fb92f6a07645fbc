"""``sparkferry image dockerfile``: the same image for those who build with Docker."""

from pathlib import Path

import click

from sparkferry.cli.image_options import Chosen, image_options
from sparkferry.cli.image_tools import open_build_context


@click.command("dockerfile")
@click.option(
    "--to",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write it there, with the layers that it adds, and print DIR.",
)
@image_options
def command(chosen: Chosen, to: Path | None) -> None:
    r"""Print a Dockerfile that adds the layers of the image of a target to a Debian; nothing is built.

    \b
    Examples:
      sparkferry image dockerfile --kind spark
      sparkferry image dockerfile --to context && docker build context
    """
    from sparkferry.cli.failure import show_diagnostics
    from sparkferry.image.dockerfile.context import prepare, write_context
    from sparkferry.image.dockerfile.text import dockerfile
    from sparkferry.image.stages import build_input

    project = chosen.open()
    with open_build_context(project) as context:
        draft, warnings = prepare(build_input(project), context)
    show_diagnostics(warnings)
    if to is None:
        click.echo(dockerfile(draft), nl=False)
    else:
        write_context(draft, to)
        click.echo(to)
