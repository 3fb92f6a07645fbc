"""``sparkferry image push``: build the image and have a registry hold it."""

import click

from sparkferry.cli.image_options import Chosen, image_options
from sparkferry.cli.image_tools import open_build_context
from sparkferry.cli.options import json_option


@click.command("push")
@click.argument("reference", metavar="[REF]", required=False)
@click.option("--insecure", is_flag=True, help="Speak plain HTTP to the registry.")
@image_options
@json_option
def command(chosen: Chosen, reference: str | None, insecure: bool, as_json: bool) -> None:
    r"""Push the image of a target, and print `<reference>@<digest>`.

    What did not change since the last build is not built again; what the registry has is not sent.
    REF is `registry/repository[:tag]`; that of the settings if not given.

    \b
    Examples:
      sparkferry image push
      sparkferry image push localhost:5000/flights --json
    """
    from sparkferry.cli.failure import show_diagnostics
    from sparkferry.image.stages import build_image, place_of, push_image, settings_of

    settings = settings_of(reference) if reference else {}
    project = chosen.open(**settings, **({"insecure": "true"} if insecure else {}))
    place = place_of(project)
    with open_build_context(project) as work:
        work.registries.prepare(place.registry)
        named = build_image(project, work)
        show_diagnostics(named.warnings)
        pushed = push_image(named, place, work)
    if as_json:
        from sparkferry.cli.output import emit_json
        from sparkferry.image.report import report

        emit_json(report(str(pushed.reference), named.built, pushed))
    else:
        click.echo(str(pushed.reference))
