"""Credential helpers: programs that keep logins for Docker and Podman.

Protocol: https://github.com/docker/docker-credential-helpers (``get``: the server on standard input,
a JSON object on standard output).
"""

import os
import signal
import subprocess
import threading
from contextlib import suppress
from typing import IO, cast

import msgspec

from sparkferry.errors import ExternalError
from sparkferry.image.registry.hosts import Credential

_LIMIT = 256 * 1024
"""Bytes that a helper may say."""

_SECONDS = 30.0
"""How long a helper may take: it may ask a server itself."""

_TOKEN_USER = "<token>"  # noqa: S105 - the protocol's name for "this is an identity token"
_NOT_FOUND = b"credentials not found in native keychain"


class MissingHelperError(Exception):
    """A helper cannot be started."""

    def __init__(self, program: str, reason: str) -> None:
        super().__init__(program, reason)
        self.program, self.reason = program, reason


class _Said(msgspec.Struct, frozen=True, rename="pascal"):
    username: str
    secret: str

    def __repr__(self) -> str:
        return "_Said(…)"


def ask_helper(name: str, server: str, seconds: float = _SECONDS) -> Credential | None:
    """Return the login that ``docker-credential-<name>`` has for ``server``, or None.

    What it says is never shown.

    :raises MissingHelperError: there is no such program.
    :raises ExternalError: it fails, says nonsense, or takes longer than ``seconds``.
    """
    code, said = _run(f"docker-credential-{name}", server, seconds)
    if len(said) > _LIMIT:
        raise _failed(name, server, "it said too much")
    if code:
        if _NOT_FOUND in said:
            return None
        why = f"it exited with {code}" if code > 0 else f"it took longer than {seconds:g} s"
        raise _failed(name, server, why)
    try:
        found = msgspec.json.decode(said, type=_Said)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise _failed(name, server, "it did not say a login") from None
    if not found.secret:
        return None
    is_token = found.username == _TOKEN_USER
    return Credential("" if is_token else found.username, found.secret, is_token)


def _run(program: str, server: str, seconds: float) -> tuple[int, bytes]:
    try:
        process = subprocess.Popen(
            [program, "get"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:  # ValueError: a NUL in its name
        absent = isinstance(error, FileNotFoundError)
        why = "it is not on PATH" if absent else getattr(error, "strerror", None) or str(error)
        raise MissingHelperError(program, why) from error
    late = threading.Timer(seconds, _kill, (process,))
    late.start()
    try:
        with process:
            said = _talk(process, server)
    finally:
        late.cancel()
    return process.returncode, said


def _talk(process: subprocess.Popen[bytes], server: str) -> bytes:
    stdin, stdout = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
    with suppress(BrokenPipeError):
        stdin.write(server.encode())
        stdin.close()
    said = stdout.read(_LIMIT + 1)
    if len(said) > _LIMIT:
        _kill(process)
    return said


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _failed(name: str, server: str, reason: str) -> ExternalError:
    return ExternalError(
        f"could not ask `docker-credential-{name}` for the login of `{server}`: {reason}",
        hint=f"see what `echo {server} | docker-credential-{name} get` says, or log in again",
    )
