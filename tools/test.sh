#!/bin/sh
# All tests with coverage: the quick ones in parallel, then those that start a Spark, one by one.
set -u
bin=.venv/bin
$bin/coverage erase
$bin/coverage run -m pytest "$@"
code=$?
[ $code -eq 0 ] || exit $code
$bin/coverage combine --quiet
$bin/coverage report --fail-under=90 --skip-covered | tail -n 25
