"""From the words of a target's `store` to the store."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sparkferry.env import Env
from sparkferry.errors import UserError
from sparkferry.process import redact
from sparkferry.store.api import Store
from sparkferry.store.directory.store import DirectoryStore
from sparkferry.store.keys import key_problem
from sparkferry.store.location import locate

REMOTE = {
    "az": "sparkferry.store.azure.open:open_azure",
    "gs": "sparkferry.store.gcs.open:open_gcs",
    "hdfs": "sparkferry.store.hdfs.open:open_hdfs",
    "s3": "sparkferry.store.s3.open:open_s3",
}
"""By scheme, what opens a store; imported when one is opened."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
"""A URL's scheme after RFC 3986; a single letter is a path's, as in ``c:/data``."""

_USE = "give a directory, as `.sparkferry/store`, or a URL, as " + ", ".join(
    f"`{scheme}://…`" for scheme in ("file", *REMOTE)
)
_PRIVATE = ".sparkferry"
"""The directory of a project that holds what sparkferry keeps there."""


def open_store(url: str, root: Path, env: Env) -> Store:
    """Return the store at ``url``: a path, absolute or relative to ``root``, or a URL.

    Nothing is asked of it yet. Within a process, stores of one URL share their connections.

    :raises UserError: no store can be there, or what reaches it is not installed.
    """
    scheme = scheme_of(url)
    if scheme is None or scheme == "file":
        directory = (root / store_directory(url)).resolve()
        return DirectoryStore(directory, _ignored(directory, root.resolve()))
    if scheme not in REMOTE:
        raise _refusal(url, f"there are no stores of the kind `{scheme}`", _USE)
    key = (url, root, env.cache.root, id(env.clock), frozenset(env.environ.items()))
    if key not in _opened:
        _opened[key] = _open_remote(scheme, url, root, env)
    return _opened[key]


_opened: dict[object, Store] = {}


def is_directory(url: str) -> bool:
    """Return whether ``url`` names a directory of this machine."""
    return scheme_of(url) in {None, "file"}


def scheme_of(url: str) -> str | None:
    """Return the scheme of a URL in lower case, or None for a path."""
    found = _SCHEME.match(url)
    return found[1].lower() if found else None


def _open_remote(scheme: str, url: str, root: Path, env: Env) -> Store:
    from importlib import import_module

    parts = urlsplit(url)
    if not parts.netloc:
        raise _refusal(url, "it names no bucket", f"write it as `{scheme}://bucket/prefix`")
    if parts.query or parts.fragment:
        raise _refusal(url, "a store's URL has no `?` and no `#`", "write them as `%3F` and `%23`")
    path = unquote(parts.path).strip("/")
    if path and (problem := key_problem(path)):
        raise _refusal(url, f"its prefix cannot be one: {problem}", f"`{scheme}://bucket/prefix`")
    module, function = REMOTE[scheme].split(":")
    opened: Store = getattr(import_module(module), function)(locate(parts.netloc, path, root, env))
    return opened


def store_directory(url: str) -> Path:
    """Return the directory that ``url`` names, absolute or relative to the project.

    :raises UserError: it names none.
    """
    return _file_path(url) if scheme_of(url) == "file" else _path(url)


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
