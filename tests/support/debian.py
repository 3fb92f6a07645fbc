"""Debian packages and archives that tests make themselves, with the real dpkg-deb and gpg."""

import hashlib
import io
import lzma
import shutil
import subprocess
import tarfile
import tempfile
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def make_deb(directory, name, files=(), *, version="1.0", scripts=(), **fields):
    """Build a package with dpkg-deb and return its path.

    ``files`` holds text, bytes, ``("link", target)`` or ``("mode", bits, text)`` by path; a path
    that ends with ``/`` is a directory. Fields have ``_`` in place of ``-``.
    """
    tree = Path(tempfile.mkdtemp(dir=directory))
    tree.chmod(0o755)
    for path, content in dict(files).items():
        if path.endswith("/"):
            (tree / path).mkdir(parents=True, exist_ok=True)
        else:
            _put(tree / path, content)
    control = tree / "DEBIAN"
    control.mkdir()
    control.chmod(0o755)
    stated = {"package": name, "version": version, "architecture": "all", **fields}
    stated = {"maintainer": "T <t@example.org>", "description": "test", **stated}
    lines = [f"{field.replace('_', '-').title()}: {value}\n" for field, value in stated.items()]
    (control / "control").write_text("".join(lines))
    for script, text in dict(scripts).items():
        (control / script).write_text(text)
        (control / script).chmod(0o755)
    path = Path(directory) / f"{name}_{version.replace(':', '%3a')}_{stated['architecture']}.deb"
    argv = ["dpkg-deb", "--root-owner-group", "-Zxz", "-z0", "-b", str(tree), str(path)]
    subprocess.run(argv, check=True, capture_output=True)
    shutil.rmtree(tree)
    return path


def _put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    match content:
        case ("link", target):
            path.symlink_to(target)
        case ("mode", bits, text):
            path.write_text(text)
            path.chmod(bits)
        case bytes(data):
            path.write_bytes(data)
        case text:
            path.write_text(text)


def raw_deb(path, members, *, ending=".tar", control="Package: raw\nVersion: 1\n"):
    """Write a package by hand: ``members`` are TarInfo and content, which dpkg-deb would refuse."""
    parts = {
        "debian-binary": b"2.0\n",
        "control.tar": raw_tar([(tarfile.TarInfo("./control"), control.encode())]),
        f"data{ending}": raw_tar(members),
    }
    path.write_bytes(raw_ar(parts))
    return path


def raw_tar(members):
    """Return a tar archive of TarInfo and content."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def raw_ar(parts):
    """Return an ar archive of content by name."""
    data = b"!<arch>\n"
    for name, content in parts.items():
        data += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
        data += content + b"\n" * (len(content) % 2)
    return data


def member(name, kind=tarfile.REGTYPE, linkname="", mode=0o644):
    """Return a TarInfo."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, linkname, mode
    return info


class Signer:
    """An OpenPGP key in a home of its own; ``faked`` are gpg's options for another time."""

    def __init__(self, home, *, lasts="never", faked=()):
        self.home, self._faked = Path(home), faked
        self.home.mkdir(mode=0o700, exist_ok=True)
        self._gpg(
            "--quick-gen-key", "--passphrase", "", "Archive <a@example.org>", "ed25519", "sign"
        )
        listed = self._gpg("--list-keys", "--with-colons").decode()
        self.fingerprint = next(x for x in listed.split() if x.startswith("fpr:")).split(":")[9]
        self.keyring = self.home / "archive.gpg"
        self.keyring.write_bytes(self._gpg("--export"))
        self.armored = self.home / "archive.asc"
        self.armored.write_bytes(self._gpg("--armor", "--export"))

    def sign(self, text):
        return self._gpg("--clearsign", stdin=text.encode())

    def close(self):
        subprocess.run(["gpgconf", "--homedir", self.home, "--kill", "gpg-agent"], check=True)

    def _gpg(self, *options, stdin=b""):
        argv = ["gpg", "--homedir", self.home, "--batch", "--quiet", "--yes"]
        argv += [*self._faked, *options]
        return subprocess.run(argv, check=True, capture_output=True, input=stdin).stdout


@contextmanager
def signing(**options):
    """Yield a new key. Its home has a short path, since that of the agent's socket is limited."""
    home = tempfile.mkdtemp(prefix="gpg-")
    signer = Signer(home, **options)
    try:
        yield signer
    finally:
        signer.close()
        shutil.rmtree(home, ignore_errors=True)


class Archive:
    """A mirror of Debian below a directory."""

    def __init__(self, directory, signer):
        self.directory, self.signer = Path(directory), signer
        self.url = ""
        self.requests = []

    def publish(self, suite, debs, *, architecture="amd64", valid_until=None, **fields):
        """Publish the packages as the suite's archive."""
        dist = self.directory / "dists" / suite
        index = dist / f"main/binary-{architecture}"
        index.mkdir(parents=True, exist_ok=True)
        packages = lzma.compress("\n".join(map(self._stanza, debs)).encode(), preset=0)
        (index / "Packages.xz").write_bytes(packages)
        digest = hashlib.sha256(packages).hexdigest()
        stated = {"Origin": "Debian", "Suite": suite, "Codename": suite, **fields}
        if valid_until:
            stated["Valid-Until"] = valid_until
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in stated.items()]
        lines += ["SHA256:", f" {digest} {len(packages)} main/binary-{architecture}/Packages.xz"]
        self.write_release(suite, self.signer.sign("\n".join(lines) + "\n"))
        by_hash = index / "by-hash/SHA256"
        by_hash.mkdir(parents=True, exist_ok=True)
        (by_hash / digest).write_bytes(packages)

    def write_release(self, suite, document):
        (self.directory / "dists" / suite / "InRelease").write_bytes(document)

    def _stanza(self, deb):
        pool = self.directory / "pool" / deb.name
        pool.parent.mkdir(exist_ok=True)
        shutil.copyfile(deb, pool)
        control = subprocess.run(["dpkg-deb", "-f", deb], check=True, capture_output=True).stdout
        data = deb.read_bytes()
        return (
            f"{control.decode().strip()}\nFilename: pool/{deb.name}\nSize: {len(data)}\n"
            f"SHA256: {hashlib.sha256(data).hexdigest()}\n"
        )


@contextmanager
def serving(archive):
    """Serve the archive on 127.0.0.1."""

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            archive.requests.append(self.path)

    handler = partial(Handler, directory=str(archive.directory))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    archive.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield archive
    finally:
        server.shutdown()
        server.server_close()
