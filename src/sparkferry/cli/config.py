"""``sparkferry config``: each resolved setting and where it came from."""

from typing import TYPE_CHECKING

import click

from sparkferry.cli.options import json_option, project_options
from sparkferry.cli.output import emit_json, table
from sparkferry.project.select import Selected

if TYPE_CHECKING:
    from sparkferry.project.model import Project


@click.command()
@project_options
@click.option(
    "--schema", is_flag=True, help="Print the JSON schema of `[tool.sparkferry]` instead."
)
@json_option
def command(selected: Selected, schema: bool, as_json: bool) -> None:
    r"""Show each resolved setting and where it came from.

    Later places win: pyproject.toml, its tier, SPARKFERRY_… variables, the command line.

    \b
    Examples:
      sparkferry config --tier prod
      SPARKFERRY_TARGETS__LOCAL__WORKERS=0 sparkferry config -o spark=4.1
      sparkferry config --schema > sparkferry.schema.json
    """
    if schema:
        from sparkferry.project.schema import schema as schema_of_section

        emit_json(schema_of_section())
        return
    from sparkferry.cli.env import make_env
    from sparkferry.packing import open_project
    from sparkferry.project.describe import describe

    project = open_project(selected, make_env())
    rows = describe(project, _pinned(project))
    if as_json:
        emit_json({"project": project.name, "tier": project.tier, "settings": rows})
    else:
        table([(row.key, row.text, row.origin) for row in rows], ("key", "value", "origin"))


def _pinned(project: "Project") -> str | None:
    """Return the Python that `.python-version` gives to the project's targets, or None."""
    from sparkferry.layers.interpreter.pinned import pinned_version
    from sparkferry.spark.versions import LINES, minor_versions

    line = LINES.get(project.settings.spark)
    return pinned_version(project, minor_versions(line.python)) if line else None
