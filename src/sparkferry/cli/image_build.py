"""``sparkferry image build``: the layers as an OCI image."""

from pathlib import Path

import click

from sparkferry.cli.image_options import Chosen, image_options
from sparkferry.cli.image_tools import open_build_context
from sparkferry.cli.options import json_option


@click.command("build")
@click.option(
    "--oci",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write it into an OCI layout.",
)
@click.option(
    "--docker-archive",
    "archive",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it into a file for `docker load`.",
)
@click.option("--upgrade", is_flag=True, help="Take new Debian packages and bases, and lock these.")
@image_options
@json_option
def command(
    chosen: Chosen, oci: Path | None, archive: Path | None, upgrade: bool, as_json: bool
) -> None:
    r"""Build the image of a target, and print `<reference>@<digest>`.

    Without --oci and --docker-archive its layers are in the cache alone, from where `push` takes them.
    Bases and Debian packages are those of `sparkferry-image.lock`, which the first build writes.

    \b
    Examples:
      sparkferry image build --kind dataproc --oci dist/image
      sparkferry image build --tier prod --platform linux/amd64,linux/arm64 --json
    """
    from sparkferry.cli.failure import show_diagnostics
    from sparkferry.errors import UserError
    from sparkferry.image.stages import build_image, name_of, write_docker, write_oci

    if oci and archive:
        raise UserError(
            "could not build the image: both --oci and --docker-archive are given",
            hint="give one; a second build with the other takes no time",
        )
    project = chosen.open()
    with open_build_context(project) as work:
        named = build_image(project, work, upgrade=upgrade)
        show_diagnostics(named.warnings)
        if oci:
            name = write_oci(named, oci, work)
        elif archive:
            name = write_docker(named, archive, project, work)
        else:
            name = name_of(named, project)
    if as_json:
        from sparkferry.cli.output import emit_json
        from sparkferry.image.report import report

        emit_json(report(name, named.built))
    else:
        click.echo(name)
