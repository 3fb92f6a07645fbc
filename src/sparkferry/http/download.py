"""One file, fetched to the end: resumed where the connection broke, tried again where that may help."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sparkferry.errors import ExternalError
from sparkferry.http.meter import Meter
from sparkferry.http.retry import AgainError, Retry

if TYPE_CHECKING:
    import httpx

_PARTIAL = 206
_OUT_OF_RANGE = 416

Opener = Callable[[Mapping[str, str]], AbstractContextManager["httpx.Response"]]
"""Asks for the file with these headers; the response is open within the block.

Raises AgainError for what may pass, and ExternalError for an answer that is not the file.
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file as its user knows it."""

    action: str
    """As in ``fetch `alpha-1.0.whl` from index.example``."""
    size: int | None
    """In bytes, or None where it is not known."""
    changed: str
    """What to do where the server has another file."""


def download(wanted: Wanted, open_: Opener, path: Path, meter: Meter, retry: Retry) -> None:
    """Write the file to ``path``; what is there already of it is kept.

    Its digest is not checked here.

    :raises ExternalError: it stayed out of reach, or the server sends more than its size.
    """
    path.touch()
    while True:
        start = path.stat().st_size
        try:
            return _attempt(wanted, open_, path, meter)
        except AgainError as error:
            if path.stat().st_size > start:
                retry.progressed()
            retry.wait(error)


def _attempt(wanted: Wanted, open_: Opener, path: Path, meter: Meter) -> None:
    start = path.stat().st_size
    headers = {"Range": f"bytes={start}-"} if start else {}
    with open_(headers) as response:
        if response.status_code == _OUT_OF_RANGE:
            path.write_bytes(b"")
            raise AgainError("the server cannot go on where it stopped")
        resumed = response.status_code == _PARTIAL
        if resumed and not response.headers.get("Content-Range", f"bytes {start}-").startswith(
            f"bytes {start}-"
        ):
            path.write_bytes(b"")
            raise AgainError("the server sent another part than it was asked for")
        _receive(wanted, path, response, meter)
    size = path.stat().st_size
    if wanted.size is not None and size < wanted.size:
        raise AgainError(f"the server sent {size} of {wanted.size} bytes")


def _receive(wanted: Wanted, path: Path, response: "httpx.Response", meter: Meter) -> None:
    mode = "ab" if response.status_code == _PARTIAL else "wb"
    with path.open(mode) as stream:
        for chunk in response.iter_raw():
            stream.write(chunk)
            if wanted.size is not None and stream.tell() > wanted.size:
                raise ExternalError(
                    f"could not {wanted.action}: the server sent more than {wanted.size} bytes",
                    hint=wanted.changed,
                )
            meter.at(stream.tell())
