"""Words as Dockerfiles and shells take them (Dockerfile reference, "Environment replacement")."""

import shlex
from collections.abc import Iterable, Mapping

from sparkferry.errors import UserError


def quoted(text: str) -> str:
    """Return a word of ENV or LABEL that means ``text`` to the letter.

    :raises UserError: it has a line break, which no Dockerfile can say.
    """
    if "\n" in text or "\r" in text:
        raise UserError(
            f"could not write a Dockerfile: `{text.splitlines()[0]}…` has more than one line",
            hint="put it into a file of the image, or build with `sparkferry image build`",
        )
    for character in ("\\", '"', "$"):
        text = text.replace(character, f"\\{character}")
    return f'"{text}"'


def pairs(instruction: str, values: Mapping[str, str]) -> str:
    """Return ENV or LABEL with all of its pairs; nothing where there are none."""
    if not values:
        return ""
    lines = (f"{name}={quoted(value)}" for name, value in sorted(values.items()))
    return f"{instruction} " + " \\\n    ".join(lines) + "\n"


def run(*commands: str, mounts: Iterable[str] = ()) -> str:
    """Return RUN of commands that all must succeed."""
    words = "".join(f"--mount={mount} \\\n    " for mount in mounts)
    return f"RUN {words}" + " \\\n && ".join(commands) + "\n"


def words(*texts: str) -> str:
    """Return the words as a shell reads them."""
    return shlex.join(texts)
