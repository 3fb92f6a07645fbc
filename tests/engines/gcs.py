#!/usr/bin/env python3
"""Start and end a fake of Google Cloud Storage on loopback.

    gcs.py up DIR [--bucket NAME]... [--binary PATH]
    gcs.py down DIR

fake-gcs-server keeps the objects in memory and speaks the JSON API, as gcloud storage, gsutil and
google-cloud-storage do. It takes the question how much of a resumable upload has arrived for the end of the upload, and
appends bytes that it has already; a front in this file knows the sessions and answers as Cloud Storage does
("Resumable uploads", "Check the status"). The rest passes through. The server comes from `go install github.com/fsouza/fake-gcs-server@v1.56.1`
(GOBIN=DIR/bin), which `up` calls if it is missing. Standard library only.
"""

import argparse
import contextlib
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from loopback import HOST, end, free_ports, remember, start, wait_for_port

MODULE = "github.com/fsouza/fake-gcs-server@v1.56.1"


class Front(BaseHTTPRequestHandler):
    """Sessions of resumable uploads, in front of the server."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one packet
    disable_nagle_algorithm = True
    backend = 0
    arrived: dict[str, int] = {}
    ended: dict[str, tuple[int, dict[str, str], bytes]] = {}
    lock = threading.Lock()

    def do_GET(self) -> None:
        """Answer any request."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:  # its client was killed: what is not whole is not taken
            self.close_connection = True
            return None
        session = dict(parse_qsl(urlsplit(self.path).query)).get("upload_id")
        if self.command != "PUT" or session is None:
            return self.say(*self.ask(body))
        with self.lock:
            return self.say(*self.resumed(session, body))

    do_HEAD = do_PUT = do_POST = do_DELETE = do_PATCH = do_GET

    def resumed(self, session: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Take the bytes that are new, or tell how many there are."""
        if session in self.ended:
            return self.ended[session]
        known = self.arrived.get(session, 0)
        wanted = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", self.headers.get("Content-Range", ""))
        if wanted and int(wanted[1]) <= known <= int(wanted[2]):
            new = body[known - int(wanted[1]) :]
            self.headers.replace_header("Content-Range", f"bytes {known}-{wanted[2]}/{wanted[3]}")
            self.headers.replace_header("Content-Length", str(len(new)))
            status, headers, answer = self.ask(new)
            if status != 308:
                self.ended[session] = status, headers, answer
                return status, headers, answer
            known = self.arrived[session] = int(wanted[2]) + 1
        return 308, {"Range": f"bytes=0-{known - 1}"} if known else {}, b""

    def ask(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Pass the request on."""
        with contextlib.closing(http.client.HTTPConnection(HOST, self.backend, timeout=120)) as line:
            line.request(self.command, self.path, body=body, headers=dict(self.headers))
            answer = line.getresponse()
            skipped = ("content-length", "transfer-encoding", "connection", "date")
            kept = {k: v for k, v in answer.getheaders() if k.lower() not in skipped}
            return answer.status, kept, answer.read()

    def say(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Send the answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Enough room for many clients at once."""

    request_queue_size = 256
    daemon_threads = True


def up(options: argparse.Namespace) -> None:
    """Start both processes and make the buckets."""
    home = options.dir.resolve()
    home.mkdir(parents=True, exist_ok=True)
    binary = options.binary or shutil.which("fake-gcs-server") or home / "bin" / "fake-gcs-server"
    if not Path(binary).exists():
        environment = {**os.environ, "GOBIN": str(home / "bin"), "GOFLAGS": "-mod=mod"}
        subprocess.run(["go", "install", MODULE], check=True, env=environment, stdout=sys.stderr)
    back, port = free_ports(2)
    log = home / "server.log"
    url = f"http://{HOST}:{port}"
    command = [Path(binary).resolve(), "-backend", "memory", "-scheme", "http", "-host", HOST, "-port", back]
    public = ["-log-level", "warn", "-public-host", f"{HOST}:{port}", "-external-url", url]
    pids = {"server": start([*command, *public], log)}
    pids["front"] = start([sys.executable, Path(__file__).resolve(), "front", port, back], log)
    engine = {"url": url}
    remember(home, pids, **engine)
    wait_for_port(back, pids["server"], log)
    wait_for_port(port, pids["front"], log)
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
    """End both processes."""
    end(options.dir.resolve())


def front(options: argparse.Namespace) -> None:
    """Serve the front."""
    Front.backend = options.backend
    Server((HOST, options.port), Front).serve_forever()


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
    three = commands.add_parser("front")
    three.add_argument("port", type=int)
    three.add_argument("backend", type=int)
    three.set_defaults(call=front)
    options = parser.parse_args()
    options.call(options)


if __name__ == "__main__":
    main()
