"""Uploads that were begun, so that the next command goes on with them."""

from contextlib import AbstractContextManager, suppress
from pathlib import Path

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.errors import ExternalError


class Begun(msgspec.Struct, frozen=True):
    """An upload that was begun."""

    upload: str
    """The service's id of it."""
    mark: str


class UploadMemo:
    """Remembers uploads in ``cache``; whoever cannot write there begins anew."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def key(self, url: str, name: str, source: Path) -> str:
        """Return what an upload of the file is remembered under: another file has another."""
        found = source.stat()
        return f"upload {url}/{name} {found.st_size} {found.st_mtime_ns}"

    def lock(self, key: str) -> AbstractContextManager[None]:
        """Hold the upload among all processes that use the cache: two of them would end each other's."""
        return self._cache.lock(key)

    def recall(self, key: str) -> Begun | None:
        """Return the upload that was begun, or None."""
        found = self._cache.recall(key, Begun)
        return found if found and found.upload else None

    def remember(self, key: str, upload: str, mark: str) -> None:
        """Remember an upload."""
        with suppress(ExternalError):
            self._cache.remember(key, Begun(upload, mark))

    def forget(self, key: str) -> None:
        """Forget it: it has ended."""
        self.remember(key, "", "")
