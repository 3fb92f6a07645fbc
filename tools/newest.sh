#!/bin/sh
# The quick tests on an installation as the README makes it: the newest release of every dependency.
set -eu
venv=.venv-newest
"${PYTHON:-python3}" -m venv --clear "$venv"
"$venv/bin/pip" install --quiet .
"$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --upgrade --group dev
"$venv/bin/python" -m pytest -m "not spark and not engine and not store" --numprocesses 2
