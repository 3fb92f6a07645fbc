#!/bin/sh
# From nothing to a recorded run: scaffold a project, lock it, run its job, list the runs.
set -eu
demo=$1
[ -e "$demo/pyproject.toml" ] || sparkferry init "$demo"
cd "$demo"
[ -e .git ] || git init --quiet .
uv lock --quiet
sparkferry run flights
sparkferry runs
