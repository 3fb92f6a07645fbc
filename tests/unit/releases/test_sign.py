"""Signatures, with the real programs and Git's real settings."""

import subprocess
from pathlib import Path

import pytest
from tests.unit.releases.conftest import make_release

from sparkferry.base.cache import Cache
from sparkferry.env import Env
from sparkferry.errors import ExternalError, UserError
from sparkferry.releases.model import encode_release, release_key
from sparkferry.releases.promote import Terms, promote
from sparkferry.releases.sign import sign, signature_key, verify_signature


def call(*argv: object, cwd: Path) -> None:
    subprocess.run([*map(str, argv)], cwd=cwd, check=True, capture_output=True)


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    place = tmp_path / "project"
    place.mkdir()
    call("git", "init", "-q", cwd=place)
    return place


@pytest.fixture
def ssh(root, tmp_path) -> Path:
    key = tmp_path / "key"
    call("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ada", "-f", key, cwd=root)
    signers = tmp_path / "signers"
    signers.write_text(f"ada@example.invalid {key.with_suffix('.pub').read_text()}")
    for name, value in {
        "gpg.format": "ssh",
        "user.signingKey": key,
        "gpg.ssh.allowedSignersFile": signers,
    }.items():
        call("git", "config", name, value, cwd=root)
    return signers


def test_a_key_of_openssh(ledger, release, root, ssh):
    assert verify_signature(ledger.store, "1.0.0", root) is None
    sign(ledger.store, "1.0.0", root)
    assert verify_signature(ledger.store, "1.0.0", root) == "ada@example.invalid"
    with pytest.raises(UserError, match="it is signed already"):
        sign(ledger.store, "1.0.0", root)


def test_a_record_that_was_changed(ledger, release, root, ssh):
    sign(ledger.store, "1.0.0", root)
    ledger.store.delete(release_key("1.0.0"))
    ledger.store.put(release_key("1.0.0"), encode_release(make_release(notes="Evil.")))
    with pytest.raises(
        ExternalError, match=r"could not verify the signature of the release `1\.0\.0`"
    ):
        verify_signature(ledger.store, "1.0.0", root)


def test_a_signer_whom_nobody_trusts(ledger, release, root, ssh):
    sign(ledger.store, "1.0.0", root)
    ssh.write_text("")
    with pytest.raises(ExternalError, match="could not verify the signature"):
        verify_signature(ledger.store, "1.0.0", root)
    call("git", "config", "--unset", "gpg.ssh.allowedSignersFile", cwd=root)
    with pytest.raises(UserError, match="name nobody to trust"):
        verify_signature(ledger.store, "1.0.0", root)


def test_no_key(ledger, release, root):
    call("git", "config", "gpg.format", "ssh", cwd=root)
    with pytest.raises(UserError, match="Git's settings name no key"):
        sign(ledger.store, "1.0.0", root)
    assert not ledger.store.exists(signature_key("1.0.0"))


def test_a_signature_goes_along(ledger, production, release, root, ssh, tmp_path):
    sign(ledger.store, "1.0.0", root)
    env = Env(cache=Cache(tmp_path / "cache"), clock=ledger.clock, environ={})
    promote("1.0.0", ledger, production, Terms(tier="prod"), env)
    assert verify_signature(production.store, "1.0.0", root) == "ada@example.invalid"


def test_a_key_of_openpgp(ledger, release, root, tmp_path, monkeypatch):
    home = Path("/dev/shm") / f"sparkferry-gnupg-{tmp_path.name}"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    try:
        argv = ("gpg", "--batch", "--passphrase", "", "--quick-generate-key", "Ada <ada@x.invalid>")
        call(*argv, "ed25519", "sign", cwd=root)
        sign(ledger.store, "1.0.0", root)
        assert verify_signature(ledger.store, "1.0.0", root) == "Ada <ada@x.invalid>"
        ledger.store.delete(release_key("1.0.0"))
        ledger.store.put(release_key("1.0.0"), encode_release(make_release(notes="Evil.")))
        with pytest.raises(ExternalError, match="could not verify"):
            verify_signature(ledger.store, "1.0.0", root)
    finally:
        call("gpgconf", "--kill", "all", cwd=root)
        subprocess.run(["rm", "-rf", home], check=True)
