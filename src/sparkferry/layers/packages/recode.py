"""Wheels compressed anew: by deflate, in one stream for each file, as every unpacker reads it."""

import stat
from pathlib import Path
from typing import TYPE_CHECKING

from sparkferry.base.cache import Cache, Stored
from sparkferry.layers.packages.zip_names import is_file, normal
from sparkferry.layers.packages.zip_read import WheelError
from sparkferry.layers.zipwriter import Member, write_zip

if TYPE_CHECKING:
    from zipfile import ZipInfo


def recoded(wheel: Path, cache: Cache) -> Stored:
    """Return a copy of the wheel, of the same name, whose files are deflated.

    Takes memory of the wheel's inflated size.

    :raises WheelError: a file is damaged, or this Python cannot read how it is compressed.
    :raises ExternalError: the cache cannot be written.
    """
    return cache.add_file("wheels", wheel.name, lambda path: write_zip(path, _members(wheel)))


def _members(wheel: Path) -> list[Member]:
    import lzma
    import zipfile
    import zlib

    damage = (
        zipfile.BadZipFile,
        NotImplementedError,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        OSError,
    )
    try:
        with zipfile.ZipFile(wheel) as archive:
            return [
                Member(normal(info.filename), archive.read(info), executable=_may_run(info))
                for info in archive.infolist()
                if is_file(normal(info.filename))
            ]
    except damage as error:
        raise WheelError(wheel.name, f"it cannot be compressed anew ({error})") from error


def _may_run(info: "ZipInfo") -> bool:
    mode = info.external_attr >> 16
    return stat.S_ISREG(mode) and bool(mode & 0o111)
