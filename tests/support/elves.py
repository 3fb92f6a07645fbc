"""Tiny ELF files: valid for readers of headers, dynamic section and symbol versions."""

import platform
import struct

AMD64, ARM64 = 62, 183
HERE = ARM64 if platform.machine() == "aarch64" else AMD64
"""This machine's ``e_machine``."""
MACHINE = platform.machine()
"""Its name in tags of wheels."""
_HEADER, _PROGRAM, _SECTION = "<16sHHIQQQIHHHHHH", "<IIQQQQQQ", "<IIQQQQIIQQ"


class _Strings:
    def __init__(self):
        self.data = b"\0"

    def add(self, text):
        start = len(self.data)
        self.data += text.encode() + b"\0"
        return start


def make_elf(
    *,
    machine=AMD64,
    needed=(),
    runpath="",
    versions=(),
    asks=None,
    defines=(),
    debug=b"",
    soname="",
    kind=3,
):
    """Return a shared object; with ``debug`` also a section table that has a section of it.

    ``versions`` are those that it asks of ``libc.so.6``, such as ``GLIBC_2.34``, ``asks`` those of other
    libraries by name, and ``defines`` its own. ``kind`` is its ``e_type``.
    """
    strings = _Strings()
    entries = [(1, strings.add(name)) for name in needed]
    if soname:
        entries.append((14, strings.add(soname)))
    if runpath:
        entries.append((29, strings.add(runpath)))
    asked = {**({"libc.so.6": versions} if versions else {}), **(asks or {})}
    verneed, verdef = _asked(asked, strings), _defined(defines, strings)
    dynamic_at = 64 + 2 * 56
    strings_at = dynamic_at + 16 * (len(entries) + 6)
    verneed_at = strings_at + len(strings.data)
    verdef_at = verneed_at + len(verneed)
    entries += [(5, strings_at)]
    entries += [(0x6FFFFFFE, verneed_at), (0x6FFFFFFF, len(asked))] if asked else []
    entries += [(0x6FFFFFFC, verdef_at), (0x6FFFFFFD, 1 + len(defines))] if defines else []
    dynamic = b"".join(struct.pack("<qQ", *entry) for entry in [*entries, (0, 0)])
    end = verdef_at + len(verdef)
    loaded = dynamic.ljust(strings_at - dynamic_at, b"\0") + strings.data + verneed + verdef
    head = struct.pack(_PROGRAM, 1, 5, 0, 0, 0, end, end, 4096)
    head += struct.pack(
        _PROGRAM, 2, 6, dynamic_at, dynamic_at, dynamic_at, *([len(dynamic)] * 2), 8
    )
    table = _section_table(debug, strings_at, len(strings.data), end) if debug else b""
    at, count = (end + len(debug) + len(_NAMES), 4) if debug else (0, 0)
    ident = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    start = struct.pack(_HEADER, ident, kind, machine, 1, 0, 64, at, 0, 64, 56, 2, 64, count, 3)
    return start + head + loaded + debug + (_NAMES if debug else b"") + table


def _asked(asked, strings):
    data = b""
    for number, (library, versions) in enumerate(asked.items(), 1):
        following = 16 * (1 + len(versions)) if number < len(asked) else 0
        data += struct.pack("<HHIII", 1, len(versions), strings.add(library), 16, following)
        for index, version in enumerate(versions, 1):
            step = 16 if index < len(versions) else 0
            data += struct.pack("<IHHII", 0, 0, index, strings.add(version), step)
    return data


def _defined(names, strings):
    """The first definition names the file itself, as the base version."""
    data, everything = b"", ["itself", *names] if names else []
    for number, name in enumerate(everything, 1):
        following = 28 if number < len(everything) else 0
        data += struct.pack("<HHHHIII", 1, number == 1, number, 1, 0, 20, following)
        data += struct.pack("<II", strings.add(name), 0)
    return data


_NAMES = b"\0.dynstr\0.debug_info\0.shstrtab\0"


def _section_table(debug, strings_at, strings_size, end):
    sections = [
        (0,) * 10,
        (1, 3, 2, strings_at, strings_at, strings_size, 0, 0, 1, 0),
        (9, 1, 0, 0, end, len(debug), 0, 0, 1, 0),
        (21, 3, 0, 0, end + len(debug), len(_NAMES), 0, 0, 1, 0),
    ]
    return b"".join(struct.pack(_SECTION, *section) for section in sections)
