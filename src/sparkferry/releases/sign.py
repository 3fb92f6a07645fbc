"""Signatures of releases, by the key that Git signs with: OpenSSH or OpenPGP, verified without a network.

Settings: git-config(1), ``gpg.format``, ``user.signingKey``, ``gpg.ssh.allowedSignersFile``, and the programs
``gpg.program`` and ``gpg.ssh.program``.
"""

import tempfile
from pathlib import Path

from sparkferry.errors import ExternalError, UserError
from sparkferry.process import attempt, run
from sparkferry.releases.model import RELEASES, release_key
from sparkferry.snapshot.git import Git, find_repository
from sparkferry.store.api import Store
from sparkferry.store.errors import NotFoundError

_NAMESPACE = "sparkferry-release"
"""What the signature is for (ssh-keygen(1), ``-n``)."""

_SSH = b"-----BEGIN SSH SIGNATURE-----"


def signature_key(name: str) -> str:
    """Return the key of a release's signature."""
    return f"{RELEASES}{name}.sig"


def sign(store: Store, name: str, root: Path) -> None:
    """Sign the record of a release with the key of Git's settings in ``root``.

    :raises UserError: Git has no key to sign with, or the release is signed already.
    :raises ExternalError: the program that signs failed.
    """
    git = _Settings(root)
    data = store.get(release_key(name))
    made = _ssh(data, git) if git.format == "ssh" else _gpg(data, git)
    if not store.put(signature_key(name), made):
        raise UserError(f"could not sign the release `{name}`: it is signed already")


def verify_signature(store: Store, name: str, root: Path) -> str | None:
    """Return who signed a release; None where nobody did.

    :raises UserError: Git's settings do not name whom to trust.
    :raises ExternalError: the signature is not that of the record, or of somebody who is not trusted.
    """
    try:
        signature = store.get(signature_key(name))
    except NotFoundError:
        return None
    data = store.get(release_key(name))
    git = _Settings(root)
    if signature.startswith(_SSH):
        return _verify_ssh(name, data, signature, git)
    return _verify_gpg(name, data, signature, git)


class _Settings:
    """Git's settings for signing, of the repository around ``root`` or of the user."""

    def __init__(self, root: Path) -> None:
        self._git = Git(find_repository(root) or root)
        self.format = self.get("gpg.format") or "openpgp"

    def get(self, name: str) -> str | None:
        """Return a setting, or None."""
        done = self._git.attempt("config", "--get", name)
        return done.text or None if done.code == 0 else None

    def path(self, name: str) -> Path | None:
        """Return a setting that is a path."""
        done = self._git.attempt("config", "--type=path", "--get", name)
        return Path(done.text) if done.code == 0 and done.text else None


def _ssh(data: bytes, git: _Settings) -> bytes:
    key = git.path("user.signingKey")
    if key is None:
        raise UserError(
            "could not sign: Git's settings name no key",
            hint="`git config user.signingKey ~/.ssh/id_ed25519.pub`",
        )
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "release.json")
        path.write_bytes(data)
        program = git.get("gpg.ssh.program") or "ssh-keygen"
        run([program, "-Y", "sign", "-n", _NAMESPACE, "-f", str(key), str(path)], action="sign")
        return path.with_name("release.json.sig").read_bytes()


def _gpg(data: bytes, git: _Settings) -> bytes:
    program, key = git.get("gpg.program") or "gpg", git.get("user.signingKey")
    whom = ("--local-user", key) if key else ()
    argv = [program, "--batch", "--armor", "--detach-sign", *whom]
    return run(argv, action="sign", stdin=data).stdout


def _verify_ssh(name: str, data: bytes, signature: bytes, git: _Settings) -> str:
    signers = git.path("gpg.ssh.allowedSignersFile")
    if signers is None:
        raise UserError(
            f"could not verify the signature of `{name}`: Git's settings name nobody to trust",
            hint="`git config gpg.ssh.allowedSignersFile FILE`, as for signed commits",
        )
    program = git.get("gpg.ssh.program") or "ssh-keygen"
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "release.sig")
        path.write_bytes(signature)
        found = attempt([program, "-Y", "find-principals", "-s", str(path), "-f", str(signers)])
        who = found.text.splitlines()[0] if found.code == 0 and found.text else ""
        argv = [program, "-Y", "verify", "-n", _NAMESPACE, "-f", str(signers), "-I", who]
        done = attempt([*argv, "-s", str(path)], stdin=data) if who else found
    if done.code or not who:
        raise _distrusted(name, (done.stderr or done.stdout).decode("utf-8", "replace"))
    return who


def _verify_gpg(name: str, data: bytes, signature: bytes, git: _Settings) -> str:
    program = git.get("gpg.program") or "gpg"
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "release.sig")
        path.write_bytes(signature)
        argv = [program, "--batch", "--status-fd", "1", "--verify", str(path), "-"]
        done = attempt(argv, stdin=data)
    good = [line for line in done.text.splitlines() if line.startswith("[GNUPG:] GOODSIG ")]
    if done.code or not good:
        raise _distrusted(name, done.stderr.decode("utf-8", "replace"))
    return good[0].split(" ", 3)[3]


def _distrusted(name: str, said: str) -> ExternalError:
    return ExternalError(
        f"could not verify the signature of the release `{name}`: {' '.join(said.split())}",
        hint="the record was changed, or its signer is not among those whom Git's settings trust",
    )
