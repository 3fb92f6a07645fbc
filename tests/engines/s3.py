#!/usr/bin/env python3
"""Start and end an S3 server on loopback.

    s3.py up DIR [--bucket NAME]... [--binary PATH]
    s3.py down DIR

versitygw over a folder: signatures are checked, `If-None-Match: *` and `If-Match` hold under concurrency. An object `a`
and an object `a/b` cannot both be, since objects are files. The key is `test`, the secret `testtest`, the region
us-east-1. The server comes from `go install github.com/versity/versitygw/cmd/versitygw@v1.8.0` (GOBIN=DIR/bin), which
`up` calls if it is missing. DIR lies on a file system with extended attributes (tmpfs included, from Linux 6.6 on).
"""

import argparse
import datetime
import hashlib
import hmac
import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from loopback import HOST, end, free_ports, remember, start, wait_for_port

MODULE = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"
KEY, SECRET, REGION = "test", "testtest", "us-east-1"


def signed_put(url: str, path: str) -> urllib.request.Request:
    """Return a PUT without a body, signed (version 4)."""
    host = url.partition("://")[2]
    now = datetime.datetime.now(datetime.timezone.utc)
    day, stamp, empty = f"{now:%Y%m%d}", f"{now:%Y%m%dT%H%M%SZ}", hashlib.sha256(b"").hexdigest()
    names = "host;x-amz-content-sha256;x-amz-date"
    asked = f"PUT\n{path}\n\nhost:{host}\nx-amz-content-sha256:{empty}\nx-amz-date:{stamp}\n\n{names}\n{empty}"
    scope = f"{day}/{REGION}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(asked.encode()).hexdigest()}"
    key = f"AWS4{SECRET}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    mark = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return urllib.request.Request(
        url + path,
        method="PUT",
        headers={
            "x-amz-date": stamp,
            "x-amz-content-sha256": empty,
            "Authorization": f"AWS4-HMAC-SHA256 Credential={KEY}/{scope}, SignedHeaders={names}, Signature={mark}",
        },
    )


def up(options: argparse.Namespace) -> None:
    """Start the server and make the buckets."""
    home = options.dir.resolve()
    (home / "data").mkdir(parents=True, exist_ok=True)
    binary = options.binary or shutil.which("versitygw") or home / "bin" / "versitygw"
    if not Path(binary).exists():
        environment = {**os.environ, "GOBIN": str(home / "bin"), "GOFLAGS": "-mod=mod"}
        subprocess.run(["go", "install", MODULE], check=True, env=environment, stdout=sys.stderr)
    (port,) = free_ports()
    log = home / "server.log"
    command = [
        Path(binary).resolve(),
        "--port",
        f"{HOST}:{port}",
        "--quiet",
        "posix",
        home / "data",
    ]
    pid = start(command, log, {"ROOT_ACCESS_KEY": KEY, "ROOT_SECRET_KEY": SECRET})
    engine = {"url": f"http://{HOST}:{port}", "key": KEY, "secret": SECRET, "region": REGION}
    remember(home, {"server": pid}, **engine)
    wait_for_port(port, pid, log)
    for bucket in options.bucket:
        try:
            urllib.request.urlopen(signed_put(engine["url"], f"/{bucket}"), timeout=10).read()
        except urllib.error.HTTPError as error:
            if error.code != 409:  # it is there
                raise
    print(json.dumps(engine))


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
    two.set_defaults(call=lambda options: end(options.dir.resolve()))
    options = parser.parse_args()
    options.call(options)


if __name__ == "__main__":
    main()
