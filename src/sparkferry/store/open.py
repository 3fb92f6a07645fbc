"""From the words of a target's `store` to the store."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sparkferry.errors import UserError
from sparkferry.process import redact
from sparkferry.store.api import Store
from sparkferry.store.directory import DirectoryStore

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
"""A URL's scheme after RFC 3986; a single letter is a path's, as in ``c:/data``."""

_USE = "give a directory, as `.sparkferry/store`, or its URL, as `file:///data/store`"
_PRIVATE = ".sparkferry"
"""The directory of a project that holds what sparkferry keeps there."""


def open_store(url: str, root: Path) -> Store:
    """Return the store at ``url``: a path, absolute or relative to ``root``, or a ``file:`` URL.

    :raises UserError: no store can be there.
    """
    directory = (root / store_directory(url)).resolve()
    return DirectoryStore(directory, _ignored(directory, root.resolve()))


def store_directory(url: str) -> Path:
    """Return the directory that ``url`` names, absolute or relative to the project.

    :raises UserError: it names none.
    """
    scheme = _SCHEME.match(url)
    if not scheme:
        return _path(url)
    if scheme[1].lower() == "file":
        return _file_path(url)
    raise _refusal(url, f"stores of the kind `{scheme[1]}` are not there yet", _USE)


def _path(text: str) -> Path:
    if not text or "\0" in text:
        raise _refusal(text, "it is not a path", _USE)
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise _refusal(text, "the home directory is not known", _USE) from error


def _file_path(url: str) -> Path:
    """Return the path of a ``file:`` URL after RFC 8089."""
    parts = urlsplit(url)
    path = unquote(parts.path)
    if parts.netloc not in {"", "localhost"}:
        meant = f"file:///{parts.netloc}{parts.path}"
        why = f"`{parts.netloc}` stands where a URL has its host"
        raise _refusal(url, why, f"for a directory of this machine write `{meant}`")
    if parts.query or parts.fragment:
        raise _refusal(url, "a file's URL has no `?` and no `#`", "write them as `%3F` and `%23`")
    if not path.startswith("/") or "\0" in path:
        raise _refusal(url, "it is not an absolute path", _USE)
    return Path(path)


def _ignored(directory: Path, root: Path) -> Path | None:
    """Return what git shall not see of a store inside the project: `.sparkferry`, or the store itself."""
    if not directory.is_relative_to(root) or directory == root:
        return None
    first = root / directory.relative_to(root).parts[0]
    return first if first.name == _PRIVATE else directory


def _refusal(url: str, reason: str, hint: str) -> UserError:
    return UserError(f"could not open the store `{redact(url)}`: {reason}", hint=hint)
