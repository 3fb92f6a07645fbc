"""Files of a PEP 751 document, held against the digests that a lock allows."""

from collections.abc import Mapping
from typing import Any

import msgspec

from sparkferry.errors import Diagnostic, raise_errors
from sparkferry.layers.digests import Allowed, DigestError, algorithm_of, parse_digests

Allowances = Mapping[str, tuple[Allowed, ...]]
"""What entries of a lock allow, by normalised name; a file needs one digest of each."""

TOOL = "sparkferry"
"""Name of our table in ``packages.tool``, where PEP 751 has room for what a tool adds."""

_UNKNOWN = {"unknown": ""}
"""Stands for the hashes of a file of which the index names none: PEP 751 wants a table."""


def keep_allowed(
    document: dict[str, Any], allowances: Allowances, *, complete: bool
) -> dict[str, Any]:
    """Return the document with only those files that the lock allows, or may allow.

    ``complete`` says that a package without an entry is not allowed.

    A file of which the index names other kinds of digests than the lock is kept where no file is
    known to be allowed: its content decides when it is fetched, by what is added to its package.

    :raises DiagnosticsError: packages have no such file.
    """
    problems: list[Diagnostic] = []
    packages = []
    for package in document["packages"]:
        allowed = allowances.get(package["name"], ())
        if kept := _keep(package, allowed) if allowed else package:
            packages.append(kept)
        if complete and not allowed:
            problems.append(_not_named(package))
        elif kept is None:
            problems.append(_refused(package, allowed))
    raise_errors("select the packages of the lock", problems)
    return {**document, "packages": packages}


def allowed_of(tool: Mapping[str, Any] | None) -> tuple[Allowed, ...]:
    """Return what :func:`keep_allowed` added to a package's table ``tool``."""
    return msgspec.convert((tool or {}).get(TOOL, []), tuple[Allowed, ...])


def _keep(package: dict[str, Any], allowed: tuple[Allowed, ...]) -> dict[str, Any] | None:
    """Return the package with the files that may ship, or None where it has none."""
    for wanted in (True, None):
        kept = {
            **package,
            "wheels": [x for x in package.get("wheels", ()) if _verdict(x, allowed) is wanted],
            "sdist": _if(package.get("sdist"), allowed, wanted),
            "archive": _if(package.get("archive"), allowed, wanted),
        }
        if kept["wheels"] or kept["sdist"] or kept["archive"]:
            filled = {key: value for key, value in kept.items() if value}
            return {**_named(filled), "tool": {TOOL: msgspec.to_builtins(allowed)}}
    return None


def _if(
    file: dict[str, Any] | None, allowed: tuple[Allowed, ...], wanted: bool | None
) -> dict[str, Any] | None:
    return file if file and _verdict(file, allowed) is wanted else None


def _verdict(file: dict[str, Any], allowed: tuple[Allowed, ...]) -> bool | None:
    """Tell whether the file is allowed by each entry; None where only its content can tell."""
    has = frozenset(_digests(file))
    verdicts = [_allows(item, has) for item in allowed]
    return False if False in verdicts else None if None in verdicts else True


def _allows(entry: Allowed, has: frozenset[str]) -> bool | None:
    if not has.isdisjoint(entry.digests):
        return True
    known = set(map(algorithm_of, has))
    return False if known.issuperset(map(algorithm_of, entry.digests)) else None


def _digests(file: dict[str, Any]) -> tuple[str, ...]:
    try:
        return parse_digests(file.get("hashes", {}))
    except DigestError:
        return ()


def _named(package: dict[str, Any]) -> dict[str, Any]:
    """Return the package with a table of hashes for each file."""
    wheels = [{"hashes": _UNKNOWN, **wheel} for wheel in package.get("wheels", ())]
    single: dict[str, Any] = {
        key: {"hashes": _UNKNOWN, **package[key]} for key in ("sdist", "archive") if key in package
    }
    return {**package, **({"wheels": wheels} if wheels else {}), **single}


def _refused(package: dict[str, Any], allowed: tuple[Allowed, ...]) -> Diagnostic:
    """Return the error of the entry that allows none of the package's files."""
    files = [*package.get("wheels", ()), package.get("sdist"), package.get("archive")]
    present = [frozenset(_digests(file)) for file in files if file]
    without = (x for x in allowed if all(_allows(x, has) is False for has in present))
    file, _, line = next(without, allowed[0]).place.rpartition(":")
    version = f" of version {package['version']}" if "version" in package else ""
    return Diagnostic(
        "error",
        f"could not select `{package['name']}`: no file{version} that was found has one of the "
        "hashes that are allowed here",
        "lock again, and ask whoever runs the index why its files changed",
        file,
        int(line),
    )


def _not_named(package: dict[str, Any]) -> Diagnostic:
    message = f"could not select `{package['name']}`: no line of the lock has a hash for it"
    return Diagnostic("error", message, "lock again with hashes")
