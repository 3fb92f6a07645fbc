"""From an entry of a PEP 751 document to a pin: where its file is, without any credentials."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

from sparkferry.layers.digests import Allowed, DigestError, algorithm_of, parse_digests
from sparkferry.layers.locks.allow import allowed_of
from sparkferry.layers.model import Artifact, Pin

if TYPE_CHECKING:
    from packaging.pylock import (
        Package,
        PackageArchive,
        PackageDirectory,
        PackageSdist,
        PackageVcs,
        PackageWheel,
    )

    Source = PackageVcs | PackageDirectory | PackageArchive | PackageWheel | PackageSdist


def pin_of(lock: str, package: "Package", source: "Source", base: Path) -> Pin | str:
    """Return the pin, or the reason why there can be none.

    ``lock`` is the lock's name; relative paths start from ``base``.
    """
    from packaging.pylock import PackageDirectory, PackageVcs

    if isinstance(source, PackageVcs):
        artifact = _vcs(package.name, source, base)
    elif isinstance(source, PackageDirectory):
        artifact = _directory(source, base)
    else:
        digests = _digests(lock, package, source.hashes)
        artifact = _file(source, digests, base)
    if isinstance(artifact, str):
        return artifact
    version = str(package.version) if package.version else None
    return Pin(name=package.name, version=version, artifact=artifact)


def without_login(url: str) -> str:
    """Return ``url`` without user and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _vcs(name: str, source: "PackageVcs", base: Path) -> Artifact | str:
    if source.type != "git":
        return f"its version control is {source.type}, and only git is known"
    if not re.fullmatch(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}", source.commit_id):
        return f"`{source.commit_id}` is not a full commit id"
    repository = source.url or (base / (source.path or "")).absolute().as_uri()
    login = re.match(r"(?i)https?:", repository)
    return Artifact(
        name=name,
        url=None,
        vcs=(without_login(repository) if login else repository, source.commit_id),
        subdirectory=source.subdirectory,
    )


def _directory(source: "PackageDirectory", base: Path) -> Artifact:
    path = (base / source.path).resolve()
    return Artifact(name=path.name, url=None, path=str(path), subdirectory=source.subdirectory)


def _digests(
    lock: str, package: "Package", hashes: Mapping[str, str]
) -> tuple[str | None, tuple[Allowed, ...]]:
    """Return the SHA-256 of a file, where it is known, and what else its content must agree with."""
    try:
        named = parse_digests(hashes)
    except DigestError:
        # What the lock's entries allow is all that is known; `unhashed` has seen to it.
        named = ()
    sha256 = next((x.partition(":")[2] for x in named if algorithm_of(x) == "sha256"), None)
    others = tuple(Allowed(lock, (x,)) for x in named if algorithm_of(x) != "sha256")
    # An entry that names this very SHA-256 has nothing to add to it.
    entries = (x for x in allowed_of(package.tool) if f"sha256:{sha256}" not in x.digests)
    return sha256, (*others, *entries)


def _file(
    source: "PackageArchive | PackageWheel | PackageSdist",
    digests: tuple[str | None, tuple[Allowed, ...]],
    base: Path,
) -> Artifact | str:
    path, url = source.path, source.url
    scheme = urlsplit(url).scheme.lower() if url else ""
    if url and scheme == "file":
        path, url = unquote(urlsplit(url).path), None
    elif url and scheme not in {"http", "https"}:
        return f"its address has the scheme `{scheme}`, and only http, https and file are known"
    elif url:
        path = None
    name = getattr(source, "name", None) or unquote(urlsplit(url or path or "").path)
    name = name.rpartition("/")[2]
    if not name or name.startswith("."):
        return f"its address `{without_login(url or path or '')}` ends in no file name"
    return Artifact(
        name=name,
        url=without_login(url) if url else None,
        path=str((base / path).resolve()) if path else None,
        sha256=digests[0],
        allowed=digests[1],
        size=source.size,
        subdirectory=getattr(source, "subdirectory", None),
    )
