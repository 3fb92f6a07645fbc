#!/bin/sh
# All tests, with coverage of this and every other process; tests that start a Spark run one after the other.
set -eu
bin=.venv/bin
$bin/coverage erase
$bin/coverage run -m pytest --numprocesses 2 --dist loadgroup "$@"
$bin/coverage combine --quiet
$bin/coverage report --fail-under=90 | tail -n 30
