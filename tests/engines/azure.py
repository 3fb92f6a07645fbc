#!/usr/bin/env python3
"""Start and end Azurite's blob service on loopback.

    azure.py up DIR [--container NAME]... [--prefix FOLDER]
    azure.py down DIR

The account is the emulator's, the key our own; DIR/engine.json holds both. FOLDER is where
`npm install --prefix FOLDER azurite@3.37.0` was called (`up` calls it if it is missing); DIR/npm if not given.
"""

import argparse
import base64
import datetime
import hashlib
import hmac
import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from loopback import HOST, end, free_ports, remember, start, wait_for_port

PACKAGE = "azurite@3.37.0"
ACCOUNT = "devstoreaccount1"
KEY = base64.b64encode(
    b"loopback" * 8
).decode()  # not the published one, which secret scanners take for a secret
VERSION = "2021-08-06"


def signed_put(url: str, container: str) -> urllib.request.Request:
    """Return the request that makes a container, signed with the account's key."""
    date = f"{datetime.datetime.now(datetime.timezone.utc):%a, %d %b %Y %H:%M:%S GMT}"
    asked = f"x-ms-date:{date}\nx-ms-version:{VERSION}\n/{ACCOUNT}/{ACCOUNT}/{container}\nrestype:container"
    text = "PUT" + "\n" * 12 + asked
    mark = base64.b64encode(
        hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
    ).decode()
    headers = {
        "x-ms-date": date,
        "x-ms-version": VERSION,
        "Authorization": f"SharedKey {ACCOUNT}:{mark}",
        "Content-Length": "0",
    }
    return urllib.request.Request(
        f"{url}/{container}?restype=container", method="PUT", headers=headers
    )


def up(options: argparse.Namespace) -> None:
    """Start the server and make the containers."""
    home = options.dir.resolve()
    (home / "data").mkdir(parents=True, exist_ok=True)
    prefix = (options.prefix or home / "npm").resolve()
    program = prefix / "node_modules" / ".bin" / "azurite-blob"
    if not program.exists():
        prefix.mkdir(parents=True, exist_ok=True)
        command = [
            "npm",
            "install",
            "--silent",
            "--no-audit",
            "--no-fund",
            "--prefix",
            str(prefix),
            PACKAGE,
        ]
        subprocess.run(command, check=True, stdout=sys.stderr)
    (port,) = free_ports()
    log = home / "server.log"
    command = [
        program,
        "--blobHost",
        HOST,
        "--blobPort",
        port,
        "--location",
        home / "data",
        "--silent",
    ]
    pid = start(
        [*command, "--skipApiVersionCheck", "--disableTelemetry", "--loose"],
        log,
        {"AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}"},
    )
    engine = {"url": f"http://{HOST}:{port}/{ACCOUNT}", "account": ACCOUNT, "key": KEY}
    remember(home, {"server": pid}, **engine)
    wait_for_port(port, pid, log)
    for container in options.container:
        try:
            urllib.request.urlopen(signed_put(engine["url"], container), timeout=10).read()
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
    one.add_argument("--container", action="append", default=[])
    one.add_argument("--prefix", type=Path)
    one.set_defaults(call=up)
    two = commands.add_parser("down")
    two.add_argument("dir", type=Path)
    two.set_defaults(call=lambda options: end(options.dir.resolve()))
    options = parser.parse_args()
    options.call(options)


if __name__ == "__main__":
    main()
