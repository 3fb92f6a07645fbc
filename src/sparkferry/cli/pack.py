"""``sparkferry pack``: build the layers."""

from pathlib import Path

import click

from sparkferry.cli.options import json_option, project_options
from sparkferry.project.select import Selected


@click.command()
@click.option(
    "--to",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Put the files there, under their names.",
)
@project_options
@json_option
def command(selected: Selected, to: Path | None, as_json: bool) -> None:
    r"""Build the layers of a target, and print `<layer> <sha256> <bytes> <path>` for each.

    What did not change since it was built last is taken from the cache.

    \b
    Examples:
      sparkferry pack
      sparkferry pack --to dist --json
    """
    from sparkferry.cli.env import make_env
    from sparkferry.cli.failure import show_diagnostics
    from sparkferry.cli.output import emit_json
    from sparkferry.layers.export_files import export
    from sparkferry.packing import open_project, pack_project

    env = make_env()
    artifacts = pack_project(open_project(selected, env), env)
    show_diagnostics(artifacts.warnings)
    layers = artifacts.layers
    paths = export(layers, to) if to else {x.kind: x.path for x in layers.layers}
    if as_json:
        emit_json(
            {
                "layers": [
                    {
                        "layer": x.kind,
                        "sha256": x.digest,
                        "bytes": x.size,
                        "path": str(paths[x.kind]),
                    }
                    for x in layers.layers
                ],
                "packages": layers.packages,
                "python": layers.environment.python,
                "spark": artifacts.facts.spark,
            }
        )
        return
    for layer in layers.layers:
        click.echo(f"{layer.kind} {layer.digest} {layer.size} {paths[layer.kind]}")
