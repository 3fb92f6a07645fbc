"""The spark-submit line of a client-mode Python driver, as a value."""

from typing import Any

import msgspec

from sparkferry.errors import UserError

PROGRAM = "bin/spark-submit"
"""Relative to SPARK_HOME. It goes through ``spark-class``, which knows what Java needs."""


class SubmitRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One call of spark-submit in client mode."""

    master: str
    """Master URL, as ``local[*]`` or ``spark://127.0.0.1:7077``."""
    name: str
    """Spark's application name."""
    conf: dict[str, str]
    """Spark properties."""
    main: str
    """Path of the Python file to run."""
    args: tuple[str, ...] = ()
    """Arguments of the Python file."""
    properties_file: str | None = None
    """File with properties that must not be seen in a process list; ``conf`` wins over it."""

    def argv(self, program: str = PROGRAM) -> tuple[str, ...]:
        """Return the command, properties sorted by key.

        :raises UserError: a value holds what cannot pass unchanged through spark-submit.
        """
        options = ["--master", self.master, "--deploy-mode", "client", "--name", self.name]
        if self.properties_file:
            options += ["--properties-file", self.properties_file]
        for key, value in sorted(self.conf.items()):
            options += ["--conf", f"{key}={value}"]
        argv = (program, *options, self.main, *self.args)
        for text in argv:
            _check(text)
        return argv

    def data(self) -> dict[str, Any]:
        """Return the request as JSON data."""
        made: dict[str, Any] = msgspec.to_builtins(self)
        return made


def _check(text: str) -> None:
    """Refuse what does not arrive as it was sent: ``spark-class`` drops carriage returns."""
    lost = next((name for char, name in _LOST.items() if char in text), None)
    if lost is not None:
        raise UserError(
            f"could not pass `{text!r}` to spark-submit: {lost} does not survive it",
            hint="remove it from the Spark property or the path",
        )


_LOST = {"\0": "a NUL character", "\r": "a carriage return"}
