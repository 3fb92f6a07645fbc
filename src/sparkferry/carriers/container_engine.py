"""A container engine of this machine, asked through its own command."""

import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import IO, cast

from sparkferry.errors import ExternalError
from sparkferry.process import OUTPUT_LIMIT, PROBE, attempt, redact, run

_NEEDED = frozenset(
    {
        *("HOME", "PATH", "TMPDIR", "USER", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"),
        *(
            "DOCKER_API_VERSION",
            "DOCKER_CERT_PATH",
            "DOCKER_CONFIG",
            "DOCKER_CONTEXT",
            "DOCKER_HOST",
        ),
        *("DOCKER_TLS", "DOCKER_TLS_VERIFY"),
        *("CONTAINER_CONNECTION", "CONTAINER_HOST", "CONTAINER_SSHKEY"),
        *("CONTAINERS_CONF", "CONTAINERS_CONF_OVERRIDE", "CONTAINERS_STORAGE_CONF"),
        "DBUS_SESSION_BUS_ADDRESS",
    }
)
"""Variables that say which engine is meant and where it keeps things (docker(1), podman(1))."""


class Engine:
    """Docker or Podman: ``program`` is the name of its command."""

    def __init__(self, program: str) -> None:
        self.program = program

    def check(self) -> None:
        """Find out whether containers can be started.

        :raises ExternalError: the command is not there, or its service does not answer.
        """
        done = attempt((self.program, "version"), timeout=PROBE)
        if done.code:
            said = redact(done.stderr.decode("utf-8", "replace").strip())
            raise ExternalError(
                f"could not ask `{self.program}`: {said}",
                hint=f"start it, or let this user use it; `{self.program} version` must answer",
            )

    def holds(self, name: str) -> bool:
        """Return whether the engine has the image ``name``.

        :raises ExternalError: the command is not there.
        """
        return not attempt((self.program, "image", "inspect", name)).code

    def remove(self, names: Iterable[str]) -> None:
        """Remove images.

        :raises ExternalError: a container uses one, or the engine does not answer.
        """
        run((self.program, "image", "rm", *names), action="remove the images of the project")

    def load(self, name: str, archive: Iterable[bytes]) -> None:
        """Give the engine the image ``name`` of an archive, as `docker load` reads it.

        :raises ExternalError: it does not take it.
        """
        with tempfile.TemporaryFile() as said:
            code = _fed((self.program, "load", "--quiet"), archive, said.fileno())
            said.seek(0)
            words = said.read(OUTPUT_LIMIT).decode("utf-8", "replace").strip()
        if code or not self.holds(name):
            raise ExternalError(f"could not load the image into {self.program}: {redact(words)}")


def _fed(argv: Sequence[str], data: Iterable[bytes], output: int) -> int:
    """Run ``argv`` with ``data`` as its standard input, and return its exit code."""
    with (
        subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=output, stderr=output) as process,
        suppress(BrokenPipeError),  # whoever closes the pipe early says why
        cast("IO[bytes]", process.stdin) as stdin,
    ):
        for chunk in data:
            stdin.write(chunk)
    return process.returncode


def engine_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what of ``environ`` an engine's command needs; no credentials are among it."""
    return {key: value for key, value in environ.items() if key in _NEEDED}
