"""Debug information taken out of an ELF file, which then stays valid for linkers and debuggers.

Builds by pyenv and the like carry 10 to 25 MB of it. The loader reads only what the program headers
name; sections that it does not load go, and the section table is written anew behind the rest.
binutils' ``strip`` is not used: a layer must not depend on which version the machine has.
"""

import struct
from collections.abc import Sequence

from sparkferry.base.elf import HEADER, MAGIC, PT_LOAD, programs

_SECTION = struct.Struct("<IIQQQQIIQQ")
_SHF_ALLOC, _SHF_INFO_LINK = 2, 0x40
_SHT_STRTAB, _SHT_RELA, _SHT_REL, _SHT_NOBITS = 3, 4, 9, 8
_NAME, _TYPE, _FLAGS, _OFFSET, _SIZE, _LINK, _INFO = 0, 1, 2, 4, 5, 6, 7

Section = tuple[int, ...]
"""name, type, flags, address, offset, size, link, info, alignment, entry size."""


def strip(data: bytes) -> bytes:
    """Return the ELF file ``data`` without the sections that are never loaded.

    Returned as it is where it has no section table, or keeps loaded sections where none is loaded from.

    :raises ValueError: it is no ELF file, or it is damaged.
    """
    if not data.startswith(MAGIC):
        raise ValueError("not a 64-bit little-endian ELF file")
    try:
        sections = _sections(data)
        return _rebuild(data, sections) if _is_regular(data, sections) else data
    except (struct.error, IndexError, ValueError) as error:
        raise ValueError("the ELF file is damaged") from error


def _sections(data: bytes) -> list[Section]:
    header = HEADER.unpack_from(data)
    offset, size, count = header[6], header[11], header[12]
    return [_SECTION.unpack_from(data, offset + index * size) for index in range(count)]


def _is_regular(data: bytes, sections: Sequence[Section]) -> bool:
    end = _loaded_end(data)
    return bool(sections) and all(
        item[_OFFSET] + item[_SIZE] <= end
        for item in sections
        if item[_FLAGS] & _SHF_ALLOC and item[_TYPE] != _SHT_NOBITS
    )


def _rebuild(data: bytes, sections: Sequence[Section]) -> bytes:
    names = sections[HEADER.unpack_from(data)[13]]
    kept = [index for index, item in enumerate(sections) if index == 0 or item[_FLAGS] & _SHF_ALLOC]
    table = [b""]
    table += [_name(data, names, sections[index]) for index in kept[1:]]
    strings, starts = _string_table([*table, b".shstrtab"])
    end = _loaded_end(data)
    where = {old: new for new, old in enumerate(kept)}
    moved = [_moved(sections[old], starts[new], where) for old, new in where.items()]
    moved.append((starts[-1], _SHT_STRTAB, 0, 0, end, len(strings), 0, 0, 1, 0))
    start = -(-(end + len(strings)) // 8) * 8
    body = data[:end] + strings + bytes(start - end - len(strings))
    return _with_header(body, start, len(moved)) + b"".join(_SECTION.pack(*item) for item in moved)


def _loaded_end(data: bytes) -> int:
    """Return where the last byte that a program header or the table of them names ends."""
    header = HEADER.unpack_from(data)
    ends = [item[2] + item[5] for item in programs(data) if item[0] == PT_LOAD]
    return int(max([header[5] + header[9] * header[10], *ends]))


def _name(data: bytes, names: Section, section: Section) -> bytes:
    start = names[_OFFSET] + section[_NAME]
    return data[start : data.index(b"\0", start)]


def _string_table(names: Sequence[bytes]) -> tuple[bytes, list[int]]:
    table, starts = bytearray(b"\0"), []
    for name in names:
        starts.append(len(table) if name else 0)
        table += name + b"\0" if name else b""
    return bytes(table), starts


def _moved(section: Section, name: int, where: dict[int, int]) -> Section:
    fields = list(section)
    fields[_NAME] = name
    fields[_LINK] = where.get(section[_LINK], 0)
    if section[_FLAGS] & _SHF_INFO_LINK or section[_TYPE] in {_SHT_RELA, _SHT_REL}:
        fields[_INFO] = where.get(section[_INFO], 0)
    return tuple(fields)


def _with_header(body: bytes, table: int, count: int) -> bytes:
    fields = list(HEADER.unpack_from(body))
    fields[6], fields[11], fields[12], fields[13] = table, _SECTION.size, count, count - 1
    return HEADER.pack(*fields) + body[HEADER.size :]
