#!/bin/sh
# Installs the servers that tests of remote stores start: versitygw (S3), fake-gcs-server (Cloud Storage) and
# Azurite (Azure) below the directory that tests look in, and the jars of HDFS. What is there already stays.
set -eu
root=${SPARKFERRY_TEST_ENGINES:-${TMPDIR:-/tmp}/sparkferry-test-engines}
mkdir -p "$root/bin" "$root/npm"
build() { # program, module
  [ -x "$root/bin/$1" ] || GOBIN="$root/bin" GOFLAGS=-mod=mod go install "$2"
}
build versitygw github.com/versity/versitygw/cmd/versitygw@v1.8.0 &
first=$!
build fake-gcs-server github.com/fsouza/fake-gcs-server@v1.56.1 &
second=$!
[ -x "$root/npm/node_modules/.bin/azurite-blob" ] ||
  npm install --silent --no-audit --no-fund --prefix "$root/npm" azurite@3.37.0
python3 "$(dirname "$0")/../tests/engines/hadoop.py" jars "$root/hadoop"
wait "$first"
wait "$second"
echo "the servers are in $root" >&2
