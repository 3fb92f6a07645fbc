"""``sparkferry image``: the layers as an OCI image, without a daemon."""

import click

from sparkferry.cli import (
    image_build,
    image_dockerfile,
    image_inspect,
    image_push,
    image_resolve,
    image_verify,
)


@click.group()
def command() -> None:
    r"""Build, push and examine OCI images; no Docker is needed.

    \b
    Example:
      sparkferry image build --kind dataproc --oci dist/image
      sparkferry image verify dist/image
      sparkferry image push europe-docker.example/team/flights
    """


command.add_command(image_build.command)
command.add_command(image_push.command)
command.add_command(image_resolve.command)
command.add_command(image_inspect.command)
command.add_command(image_verify.command)
command.add_command(image_dockerfile.command)
