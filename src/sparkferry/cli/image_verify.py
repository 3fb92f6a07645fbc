"""``sparkferry image verify``: whether an image is what its kind promises."""

from typing import TYPE_CHECKING

import click

from sparkferry.cli.failure import show_hint
from sparkferry.cli.image_tools import examining
from sparkferry.cli.options import json_option

if TYPE_CHECKING:
    from sparkferry.image.kinds.kind import KindName
    from sparkferry.image.verify.report import VerifyReport


@click.command("verify")
@click.argument("image", metavar="REF|DIR|FILE")
@click.option(
    "--kind",
    type=click.Choice(["dataproc", "spark"]),
    help="What it is to be; what its label says if not given.",
)
@click.option("--insecure", is_flag=True, help="Speak plain HTTP to the registry.")
@json_option
def command(image: str, kind: "KindName | None", insecure: bool, as_json: bool) -> int:
    r"""Hold an image to its kind: user, files, environment, interpreter, secrets, wasted bytes.

    Prints a line for each finding and one for each layer. Exit code 2 if a promise is not kept.

    \b
    Examples:
      sparkferry image verify dist/image
      sparkferry image verify europe-docker.example/team/flights:main --kind dataproc
    """
    from sparkferry.cli.output import emit_json
    from sparkferry.image.examine.find import find_images
    from sparkferry.image.verify.report import verify_image

    with examining(image, insecure=insecure) as finder:
        verdicts = [verify_image(specimen, kind) for specimen in find_images(image, finder)]
    if as_json:
        emit_json(verdicts)
    else:
        for verdict in verdicts:
            _show(verdict)
    return 0 if all(verdict.kept for verdict in verdicts) else 2


def _show(verdict: "VerifyReport") -> None:
    from sparkferry.cli.output import table

    for item in verdict.findings:
        click.echo(item)
        show_hint(item.hint)
    rows = [
        (number, weight.size, weight.files, weight.unpacked, weight.wasted)
        for number, weight in enumerate(verdict.layers, 1)
    ]
    table(rows, ("layer", "size", "files", "unpacked", "wasted"))
    said = "is" if verdict.kept else "is not"
    click.echo(f"{verdict.platform} {said} what `{verdict.kind}` promises", err=True)
