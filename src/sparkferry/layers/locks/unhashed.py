"""Files that a lock names without a digest that they could be accepted for."""

from typing import Any

from sparkferry.errors import Diagnostic
from sparkferry.layers.digests import DigestError, parse_digests
from sparkferry.layers.locks.allow import TOOL
from sparkferry.layers.locks.lock import Lock, read_toml, reading
from sparkferry.layers.locks.problems import problem

_HINT = "lock again with hashes; an index that serves none cannot be locked safely"


def unhashed(lock: Lock, content: dict[str, Any]) -> tuple[Diagnostic, ...]:
    """Return an error for each package of a PEP 751 document with such a file."""
    packages = content.get("packages")
    found = (
        (package, _reason(package))
        for package in (packages if isinstance(packages, list) else ())
        if isinstance(package, dict) and TOOL not in package.get("tool", {})
    )
    return tuple(
        problem(lock, str(package.get("name")), reason, _HINT)
        for package, reason in found
        if reason
    )


def unhashed_by_uv(lock: Lock) -> tuple[Diagnostic, ...]:
    """Read uv's own lock: what has no hash there, uv would export with that of whatever it gets."""
    with reading(lock):
        return tuple(
            problem(lock, package["name"], f"it has no hash, and {page} names none", _HINT)
            for package in read_toml(lock).get("package", ())
            if any("url" in file and "hash" not in file for file in _files(package))
            for page in [_page(package["source"])]
        )


def _page(source: dict[str, Any]) -> str:
    """Return the page or file that uv found a package by, without a login."""
    from sparkferry.process import redact

    found = source.get("registry") or source.get("url")
    return f"`{redact(str(found))}`" if found else "the lock"


def _reason(package: dict[str, Any]) -> str | None:
    reasons = (_missing(file) for file in _files(package))
    return next((reason for reason in reasons if reason), None)


def _missing(file: Any) -> str | None:  # noqa: ANN401 - what a TOML file may hold
    hashes = file.get("hashes") if isinstance(file, dict) else None
    try:
        parse_digests(hashes if isinstance(hashes, dict) else {})
    except DigestError as error:
        return str(error)
    return None


def _files(package: dict[str, Any]) -> list[Any]:
    wheels = package.get("wheels", [])
    others = [package[key] for key in ("sdist", "archive") if key in package]
    return [*(wheels if isinstance(wheels, list) else ()), *others]
