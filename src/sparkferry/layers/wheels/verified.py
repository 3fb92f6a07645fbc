"""Files of a lock in the cache: a file is there only if it has the digests that the lock allows.

The cache names files by SHA-256. What other digests a file has is computed once and remembered by
its SHA-256, so each verdict is about bytes that were read.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from sparkferry.base.cache import Cache, FileArea, Stored
from sparkferry.errors import ExternalError, UserError
from sparkferry.layers.digests import algorithm_of, digest_file
from sparkferry.layers.model import Artifact


def find_verified(artifact: Artifact, area: FileArea, cache: Cache) -> Stored | None:
    """Return the artifact's file if it is in the cache.

    :raises UserError: the file is a local one, and the lock does not allow it.
    :raises ExternalError: the file is a server's, and the lock does not allow it.
    """
    sha256 = artifact.sha256 or cache.recall(_content_key(artifact), str)
    found = cache.find_file(area, sha256) if sha256 else None
    if found and artifact.allowed:
        _check(artifact, _known_digests(artifact, found, cache))
    return found


def add_verified(
    artifact: Artifact, area: FileArea, cache: Cache, write: Callable[[Path], str | None]
) -> Stored:
    """Have ``write`` make the artifact's file at the path it is given, and keep it.

    It may return the file's SHA-256, so that the file need not be read again.

    :raises UserError: the file is a local one, and the lock does not allow it.
    :raises ExternalError: the lock does not allow it, or the cache cannot be written.
    """

    def checked(path: Path) -> str | None:
        sha256 = write(path)
        if artifact.allowed:
            _check(artifact, digest_file(path, _digests(artifact)))
        return sha256

    stored = cache.add_file(area, artifact.name, checked, artifact.sha256)
    if artifact.sha256 is None:
        cache.remember(_content_key(artifact), stored.sha256)
    return stored


def identity(artifact: Artifact) -> str:
    """Return what tells the content of an artifact with digests from that of others."""
    return artifact.sha256 or _content_key(artifact)


def _known_digests(artifact: Artifact, stored: Stored, cache: Cache) -> Iterable[str]:
    wanted = _digests(artifact)
    kinds = sorted({(algorithm_of(digest), len(digest)) for digest in wanted})
    key = f"digests 1 {stored.sha256} {kinds}"
    return cache.memo(key, tuple[str, ...], lambda: tuple(digest_file(stored.path, wanted)))


def _check(artifact: Artifact, has: Iterable[str]) -> None:
    known = frozenset(has)
    for allowed in artifact.allowed:
        if known.isdisjoint(allowed.digests):
            raise _refused(artifact, allowed.place, known)


def _digests(artifact: Artifact) -> list[str]:
    return [digest for allowed in artifact.allowed for digest in allowed.digests]


def _content_key(artifact: Artifact) -> str:
    allowed = [sorted(item.digests) for item in artifact.allowed]
    return f"content 1 {artifact.name} {msgspec.json.encode(allowed).decode()}"


def _refused(artifact: Artifact, place: str, has: frozenset[str]) -> UserError | ExternalError:
    message = (
        f"could not verify `{artifact.name}`: {place} does not allow its hash "
        f"{', '.join(sorted(has))}"
    )
    if artifact.path:
        return UserError(message, hint="lock again, or restore the file that was locked")
    hint = "the server has another file than was locked: lock again, or ask its owner why"
    return ExternalError(message, hint=hint)
