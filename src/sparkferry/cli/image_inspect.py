"""``sparkferry image inspect``: what an image consists of."""

import click

from sparkferry.cli.image_tools import examining
from sparkferry.cli.options import json_option


@click.command("inspect")
@click.argument("image", metavar="REF|DIR|FILE")
@click.option("--insecure", is_flag=True, help="Speak plain HTTP to the registry.")
@json_option
def command(image: str, insecure: bool, as_json: bool) -> None:
    r"""Show what an image says of itself, and its layers; of any image, ours or not.

    \b
    Examples:
      sparkferry image inspect dist/image
      sparkferry image inspect docker.io/library/python:3.12-slim --json
    """
    from sparkferry.cli.output import emit_json, table
    from sparkferry.image.examine.describe import LAYER_HEADERS, describe, layer_rows, summary_rows
    from sparkferry.image.examine.find import find_images

    with examining(image, insecure=insecure) as finder:
        views = [describe(specimen) for specimen in find_images(image, finder)]
    if as_json:
        emit_json(views)
        return
    for view in views:
        table(summary_rows(view), ("", ""))
        table(layer_rows(view), LAYER_HEADERS)
