"""Writes the Dockerfile and all that it needs beside it."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import msgspec

from sparkferry.errors import ExternalError, UserError
from sparkferry.image.dockerfile.beside import context_name, context_names, texts
from sparkferry.image.dockerfile.model import Draft
from sparkferry.image.dockerfile.text import dockerfile
from sparkferry.image.jars import Jar


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """What a Dockerfile may need beside it that its draft does not hold."""

    code: Path | None
    """Directory with the content of the code layer, if code ships."""
    jars: tuple[Jar, ...] = ()


def write_context(draft: Draft, beside: Beside, directory: Path) -> None:
    """Write the Dockerfile and its context into ``directory``, which is new or empty.

    :raises UserError: it holds something.
    :raises ExternalError: it cannot be written.
    """
    if directory.is_dir() and any(directory.iterdir()):
        raise UserError(
            f"could not write the Dockerfile to `{directory}`: it is not empty",
            hint="name a new directory: what lies in it would be sent to Docker, too",
        )
    try:
        _write(draft, beside, directory)
    except OSError as error:
        raise ExternalError(
            f"could not write the Dockerfile to `{directory}`: {error.strerror}",
            hint="choose a directory that you may write to and that has room",
        ) from error


def _write(draft: Draft, beside: Beside, directory: Path) -> None:
    written = {"Dockerfile": dockerfile(draft), ".dockerignore": _ignored(draft), **texts(draft)}
    for name, text in written.items():
        _put(directory / name, text.encode())
    for entry in draft.recipe.files:
        if entry.kind == "file":
            _put(directory / context_name(entry), entry.content)
    _copy_all("wheels", ((wheel.filename, wheel.path) for wheel in draft.local), directory)
    _copy_all("jars", ((jar.name, jar.path) for jar in beside.jars), directory)
    if beside.code is not None:
        shutil.copytree(beside.code, directory / "code", copy_function=shutil.copy)
    _open(directory)


def _ignored(draft: Draft) -> str:
    """Return a ``.dockerignore`` that lets nothing into the context but what is copied."""
    needed = sorted({name.partition("/")[0] for name in context_names(draft)})
    return "*\n" + "".join(f"!/{name}\n" for name in needed)


def _copy_all(folder: str, files: Iterable[tuple[str, Path]], directory: Path) -> None:
    for name, path in files:
        _put(directory / folder / name, path)


def _open(directory: Path) -> None:
    """Give all below the directory the modes that it has in an image, whatever the umask is."""
    for path in directory.rglob("*"):
        executable = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if executable else 0o644)


def _put(place: Path, content: bytes | Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, Path):
        shutil.copyfile(content, place)
    else:
        place.write_bytes(content)
