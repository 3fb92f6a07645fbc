"""Writes the Dockerfile and all that it needs beside it."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import msgspec

from sparkferry.errors import UserError, WorldError
from sparkferry.image.dockerfile.model import Draft
from sparkferry.image.dockerfile.text import context_name, dockerfile, requirements_text
from sparkferry.image.jars import Jar

_IGNORED = "*\n!/requirements.txt\n!/wheels\n!/jars\n!/code\n!/files\n"


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """What a Dockerfile may need beside it that its draft does not hold."""

    code: Path | None
    """Directory with the content of the code layer, if code ships."""
    jars: tuple[Jar, ...] = ()


def write_context(draft: Draft, beside: Beside, directory: Path) -> None:
    """Write the Dockerfile and its context into ``directory``, which is new or empty.

    :raises UserError: it holds something.
    :raises WorldError: it cannot be written.
    """
    if directory.is_dir() and any(directory.iterdir()):
        raise UserError(
            f"could not write the Dockerfile to `{directory}`: it is not empty",
            hint="name a new directory: what lies in it would be sent to Docker, too",
        )
    try:
        _write(draft, beside, directory)
    except OSError as error:
        raise WorldError(
            f"could not write the Dockerfile to `{directory}`: {error.strerror}",
            hint="choose a directory that you may write to and that has room",
        ) from error


def _write(draft: Draft, beside: Beside, directory: Path) -> None:
    texts = {
        "Dockerfile": dockerfile(draft),
        ".dockerignore": _IGNORED,
        "requirements.txt": requirements_text(draft.requirements),
    }
    for name, text in texts.items():
        _put(directory / name, text.encode())
    for entry in draft.recipe.files:
        if entry.kind == "file":
            _put(directory / context_name(entry), entry.content)
    _copy_all("wheels", ((wheel.filename, wheel.path) for wheel in draft.local), directory)
    _copy_all("jars", ((jar.name, jar.path) for jar in beside.jars), directory)
    if beside.code is not None:
        shutil.copytree(
            beside.code, directory / "code", symlinks=True, copy_function=shutil.copyfile
        )


def _copy_all(folder: str, files: Iterable[tuple[str, Path]], directory: Path) -> None:
    for name, path in files:
        _put(directory / folder / name, path)


def _put(place: Path, content: bytes | Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, Path):
        shutil.copyfile(content, place)
    else:
        place.write_bytes(content)
