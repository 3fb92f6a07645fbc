"""What of the cache living sessions of this user run on: their runs, and clusters between runs."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from sparkferry.base.cache import Entry
from sparkferry.paths import state_dir
from sparkferry.targets.supervise.session import is_alive


def entries_in_use(entries: Iterable[Entry]) -> frozenset[str]:
    """Return the keys of the cache's entries that the records of living sessions name."""
    records = tuple(_records())
    return frozenset(entry.key for entry in entries if any(_names(text, entry) for text in records))


def _records() -> Iterator[str]:
    for directory in sorted(state_dir().glob("*/*")):
        if directory.is_dir() and is_alive(directory):
            for record in directory.glob("*.json"):
                yield _text(record)


def _text(record: Path) -> str:
    try:
        return record.read_text("utf-8", "replace")
    except FileNotFoundError:
        return ""


def _names(text: str, entry: Entry) -> bool:
    """Return whether a record has the entry's path, or the digest that it is called by."""
    by_digest = entry.area in {"layers", "unpacked"} and f'"{entry.key}"' in text
    return by_digest or f'"{entry.path}"' in text or f'"{entry.path}/' in text
