"""The facts of the files of a tree: each file is parsed once, however often it is asked for."""

from collections.abc import Mapping
from functools import lru_cache

from sparkferry.base.cache import Cache
from sparkferry.files import sha256_bytes
from sparkferry.layers.modules.facts import FORMAT, Facts
from sparkferry.layers.zipwriter import read_file
from sparkferry.snapshot.model import File


@lru_cache(maxsize=4096)
def _parsed(source: bytes, minor: int) -> Facts:
    from sparkferry.layers.modules.parse import facts_of

    return facts_of(source, minor)


Remembered = dict[str, Facts]
"""By the SHA-256 of a source."""


class Reader:
    """Reads the modules among ``files`` as Python 3.``minor``; extension modules have no facts."""

    def __init__(self, files: Mapping[str, File | bytes], minor: int) -> None:
        self._files, self._minor = files, minor
        self._facts: dict[str, Facts] = {}

    def __call__(self, path: str) -> Facts:
        """Return the facts of a file.

        :raises ExternalError: it was changed since the snapshot was taken.
        """
        found = self._facts.get(path)
        if found is None:
            found = self._facts[path] = (
                self._read(path) if path.endswith(".py") else Facts(is_open=True)
            )
        return found

    def _read(self, path: str) -> Facts:
        return self.parsed(content(self._files[path]))

    def parsed(self, source: bytes) -> Facts:
        """Return the facts of a source."""
        return _parsed(source, self._minor)


class RememberingReader(Reader):
    """A reader that keeps what it parsed in the cache under ``name``, by the digests of the sources."""

    def __init__(
        self, files: Mapping[str, File | bytes], minor: int, name: str, cache: Cache
    ) -> None:
        super().__init__(files, minor)
        self._key, self._cache = f"imports {FORMAT} 3.{minor} {name}", cache
        self._known = cache.recall(self._key, Remembered) or {}
        self._used: Remembered = {}

    def parsed(self, source: bytes) -> Facts:
        """Return the facts of a source, remembered or parsed."""
        digest = sha256_bytes(source)
        found = self._known.get(digest) or super().parsed(source)
        self._used[digest] = found
        return found

    def remember(self) -> None:
        """Keep what was read, and nothing else.

        :raises ExternalError: the cache cannot be written.
        """
        if self._used.keys() != self._known.keys():
            self._cache.remember(self._key, self._used)


def content(file: File | bytes) -> bytes:
    """Return the bytes of a member of the code layer."""
    return file if isinstance(file, bytes) else read_file(file)
