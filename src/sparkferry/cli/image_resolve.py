"""``sparkferry image resolve``: which image serves this branch."""

import click

from sparkferry.cli.image_options import Chosen, image_options
from sparkferry.cli.image_tools import open_build_context
from sparkferry.cli.options import json_option


@click.command("resolve")
@image_options
@json_option
def command(chosen: Chosen, as_json: bool) -> None:
    r"""Print the image in the project's repository that serves this branch, as `reference@sha256:…`.

    It is the branch's own, else that of the branch `develop`; with --tag the one of that name.

    \b
    Examples:
      sparkferry image resolve
      sparkferry image inspect "$(sparkferry image resolve)"
    """
    from sparkferry.cli.output import emit_json
    from sparkferry.image.branch_image import find_branch_image
    from sparkferry.image.stages import place_of

    project = chosen.open()
    place = place_of(project)
    with open_build_context(project) as work:
        found = find_branch_image(project, place, work.registries)
    if as_json:
        emit_json({"reference": str(found), "tag": found.tag, "digest": found.digest})
    else:
        click.echo(found)
