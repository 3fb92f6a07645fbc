#!/usr/bin/env python3
"""Start and end a fake of Google Cloud Storage on loopback.

    gcs.py up DIR [--bucket NAME]... [--binary PATH]
    gcs.py down DIR

fake-gcs-server keeps the objects in memory and speaks the JSON API, as gcloud storage, gsutil and
google-cloud-storage do. The server comes from `go install github.com/fsouza/fake-gcs-server@v1.56.1`
(GOBIN=DIR/bin), which `up` calls if it is missing. Standard library only.
"""

import argparse
import contextlib
import http.client
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from loopback import HOST, end, free_ports, remember, start, wait_for_port

MODULE = "github.com/fsouza/fake-gcs-server@v1.56.1"


def up(options: argparse.Namespace) -> None:
    """Start both processes and make the buckets."""
    home = options.dir.resolve()
    home.mkdir(parents=True, exist_ok=True)
    binary = options.binary or shutil.which("fake-gcs-server") or home / "bin" / "fake-gcs-server"
    if not Path(binary).exists():
        environment = {**os.environ, "GOBIN": str(home / "bin"), "GOFLAGS": "-mod=mod"}
        subprocess.run(["go", "install", MODULE], check=True, env=environment, stdout=sys.stderr)
    (port,) = free_ports()
    log = home / "server.log"
    url = f"http://{HOST}:{port}"
    command = [
        Path(binary).resolve(),
        "-backend",
        "memory",
        "-scheme",
        "http",
        "-host",
        HOST,
        "-port",
        port,
    ]
    pid = start(
        [*command, "-log-level", "warn", "-public-host", f"{HOST}:{port}", "-external-url", url],
        log,
    )
    engine = {"url": url}
    remember(home, {"server": pid}, **engine)
    wait_for_port(port, pid, log)
    for bucket in options.bucket:
        with contextlib.closing(http.client.HTTPConnection(HOST, port, timeout=10)) as line:
            line.request(
                "POST",
                "/storage/v1/b?project=test",
                json.dumps({"name": bucket}),
                {"Content-Type": "application/json"},
            )
            line.getresponse().read()
    print(json.dumps(engine))


def down(options: argparse.Namespace) -> None:
    """End the server."""
    end(options.dir.resolve())


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("up")
    one.add_argument("dir", type=Path)
    one.add_argument("--bucket", action="append", default=[])
    one.add_argument("--binary", type=Path)
    one.set_defaults(call=up)
    two = commands.add_parser("down")
    two.add_argument("dir", type=Path)
    two.set_defaults(call=down)
    options = parser.parse_args()
    options.call(options)


if __name__ == "__main__":
    main()
