"""uv's settings of the user and of the machine, without those that change what a call means.

uv has no option for this: it reads ``uv.toml`` of the user and of the system in each call, and
``--no-config`` would leave out the project's settings with them. So where such a file has settings
that change the meaning, uv is given a configuration directory with a copy that lacks them
(https://docs.astral.sh/uv/concepts/configuration-files/).
"""

import json
import os
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sparkferry.errors import UserError
from sparkferry.text import read_toml_text

_REACHING_SERVERS = frozenset(
    {
        *("index", "index-url", "extra-index-url", "no-index", "find-links", "index-strategy"),
        *("keyring-provider", "native-tls", "system-certs", "allow-insecure-host"),
        *("http-proxy", "https-proxy", "no-proxy", "http-timeout", "http-retries"),
        *("python-install-mirror", "pypy-install-mirror", "python-downloads-json-url"),
        *("offline", "python-downloads", "cache-dir", "no-cache", "link-mode"),
        *("concurrent-downloads", "concurrent-builds", "concurrent-installs"),
        # Of `uv publish` alone.
        *("publish-url", "trusted-publishing", "check-url"),
    }
)
"""Settings of users that count, as the variables of :mod:`sparkferry.uv.environment` do."""

_PATHS = frozenset(
    {"index-url", "extra-index-url", "find-links", "cache-dir", "url", "python-install-mirror"}
)
"""Settings that start from the directory of their file where they are relative paths."""

_FILE = Path("uv", "uv.toml")


@contextmanager
def without_users_meaning(environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Yield ``environ`` in which uv finds settings of users only as far as they name servers.

    :raises UserError: a settings file is not valid TOML.
    """
    user, system = _user_file(environ), _system_file(environ)
    harmless = all(path is None or not _changed(path) for path in (user, system))
    replaced = _is_true(environ.get("UV_NO_CONFIG")) or "UV_CONFIG_FILE" in environ
    kept = {key: environ[key] for key in environ if key not in {"UV_NO_CONFIG", "UV_CONFIG_FILE"}}
    if harmless and not replaced:
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="sparkferry-uv-") as directory:
        yield {**kept, **_directories(environ, Path(directory), user, system)}


def user_tables(environ: Mapping[str, str]) -> tuple[dict[str, Any], ...]:
    """Return what counts of the settings of the user and the machine.

    :raises UserError: a settings file is not valid TOML.
    """
    files = (_user_file(environ), _system_file(environ))
    return tuple(_filtered(_read(path), path.parent) for path in files if path)


def _directories(
    environ: Mapping[str, str], at: Path, user: Path | None, system: Path | None
) -> dict[str, str]:
    """Fill configuration directories of the user and the machine, and return their variables."""
    mirror, machine = at / "user", at / "system"
    home = _config_home(environ)
    if home and home.is_dir():
        # Other programs that uv calls, git and keyring, look for their settings here, too.
        mirror.mkdir()
        for item in home.iterdir():
            if item.name != _FILE.parent.name:
                (mirror / item.name).symlink_to(item.absolute())
    for directory, source in ((mirror, user), (machine, system)):
        target = directory / _FILE
        target.parent.mkdir(parents=True)
        content = _filtered(_read(source), source.parent) if source else {}
        target.touch(0o600)
        target.write_text(toml_text(content), encoding="utf-8")
    others = environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    return {
        "XDG_CONFIG_HOME": str(mirror),
        "XDG_CONFIG_DIRS": os.pathsep.join((str(machine), others)),
    }


def _changed(path: Path) -> bool:
    table = _read(path)
    return _filtered(table, path.parent) != _filtered(table, path.parent, keep_all=True)


def _filtered(table: Mapping[str, Any], start: Path, *, keep_all: bool = False) -> dict[str, Any]:
    """Return the settings that count; those of ``uv pip`` are a table of their own."""
    return {
        key: _filtered(value, start, keep_all=keep_all)
        if key == "pip" and isinstance(value, dict)
        else _anchored(key, value, start)
        for key, value in table.items()
        if keep_all or key in _REACHING_SERVERS or key == "pip"
    }


def _anchored(key: str, value: Any, start: Path) -> Any:  # noqa: ANN401 - what a TOML file may hold
    """Return a setting with relative paths made absolute."""
    if isinstance(value, list):
        return [_anchored(key, item, start) for item in value]
    if isinstance(value, dict):
        return {name: _anchored(name, item, start) for name, item in value.items()}
    if key in _PATHS and isinstance(value, str) and "://" not in value:
        return str(start / value)
    return value


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_toml_text(path, str(path)))
    except (FileNotFoundError, PermissionError):
        # uv itself goes on without such a file.
        return {}
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise UserError(
            f"could not read uv's settings `{path}`: {error}", hint="mend the file or remove it"
        ) from error


def _user_file(environ: Mapping[str, str]) -> Path | None:
    """Return the file with the user's settings, or None where there is none or it does not count."""
    if named := environ.get("UV_CONFIG_FILE"):
        return Path(named).absolute()
    if _is_true(environ.get("UV_NO_CONFIG")):
        return None
    home = _config_home(environ)
    return home / _FILE if home and (home / _FILE).is_file() else None


def _system_file(environ: Mapping[str, str]) -> Path | None:
    if environ.get("UV_CONFIG_FILE") or _is_true(environ.get("UV_NO_CONFIG")):
        return None
    places = [*(environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep), "/etc"]
    return next((Path(x) / _FILE for x in places if x and (Path(x) / _FILE).is_file()), None)


def _config_home(environ: Mapping[str, str]) -> Path | None:
    if named := environ.get("XDG_CONFIG_HOME"):
        return Path(named)
    return Path(environ["HOME"], ".config") if environ.get("HOME") else None


def _is_true(value: str | None) -> bool:
    return (value or "").strip().lower() in {"1", "true", "t", "yes", "y", "on"}


def toml_text(table: Mapping[str, Any]) -> str:
    """Return a document with the content of ``table``, which :mod:`tomllib` has read."""
    return "".join(f"{_quoted(key)} = {_value(value)}\n" for key, value in table.items())


def _value(value: Any) -> str:  # noqa: ANN401 - what a TOML file may hold
    match value:
        case bool():
            return str(value).lower()
        case str():
            return _quoted(value)
        case list():
            return f"[{', '.join(map(_value, value))}]"
        case dict():
            pairs = (f"{_quoted(key)} = {_value(item)}" for key, item in value.items())
            return f"{{ {', '.join(pairs)} }}"
        case _:
            # Numbers print as TOML has them, dates and times in ISO 8601 (RFC 3339).
            return str(value)


def _quoted(text: str) -> str:
    # A basic string is a JSON string, but for DEL, which TOML wants escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
