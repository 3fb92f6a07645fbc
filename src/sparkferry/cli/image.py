"""``sparkferry image``: the layers as an OCI image, without a daemon."""

import click

from sparkferry.cli import image_build, image_push


@click.group()
def command() -> None:
    r"""Build and push the layers as an OCI image; no Docker is needed.

    \b
    Example:
      sparkferry image build --kind dataproc --oci dist/image
      sparkferry image push europe-docker.example/team/flights
    """


command.add_command(image_build.command)
command.add_command(image_push.command)
