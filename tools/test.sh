#!/bin/sh
# All tests, with coverage of this and every other process: first the quick ones, two at a time, then
# those of remote stores, those that start a Spark, one by one, and those that start a container engine or
# fetch Debian packages.
set -eu
bin=.venv/bin
$bin/coverage erase
$bin/coverage run -m pytest -m "not spark and not engine and not store" --numprocesses 2
$bin/coverage run -m pytest -m "store and not spark and not engine"
$bin/coverage run -m pytest -m "spark and not engine"
$bin/coverage run -m pytest -m engine
$bin/coverage combine --quiet
$bin/coverage report --fail-under=90 | tail -n 30
