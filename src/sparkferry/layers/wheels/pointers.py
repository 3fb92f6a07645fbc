"""Files of a built wheel that stand for content which is elsewhere, as Git LFS pointers do."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

from sparkferry.snapshot.placeholders import LIMIT, placeholder


def find_pointers(wheel: Path) -> Iterator[tuple[str, str, str]]:
    """Yield path, kind and remedy of each file of the wheel that is a placeholder."""
    with zipfile.ZipFile(wheel) as archive:
        for item in archive.infolist():
            found = (
                placeholder(item.filename, archive.read(item)) if item.file_size < LIMIT else None
            )
            if found:
                yield (item.filename, *found)
