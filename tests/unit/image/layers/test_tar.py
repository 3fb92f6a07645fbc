import io
import tarfile

import pytest

from sparkferry.errors import UserError
from sparkferry.image.entry import Entry
from sparkferry.image.layers.tar import BLOCK, END, header, padding
from sparkferry.layers.interpreter.tarball import TIME


def read(entry: Entry, size: int = 0) -> tarfile.TarInfo:
    """Return what the standard library understands of a header."""
    with tarfile.open(fileobj=io.BytesIO(header(entry, size) + END), mode="r:") as archive:
        info = archive.next()
        assert info is not None
        return info


def test_owners_are_numbers_and_times_are_fixed() -> None:
    info = read(Entry(path="etc/passwd", mode=0o4755, uid=185, gid=7), 5)
    assert (info.name, info.mode, info.size, info.mtime) == ("etc/passwd", 0o4755, 5, TIME)
    assert (info.uid, info.gid, info.uname, info.gname) == (185, 7, "", "")
    assert info.isreg()


@pytest.mark.parametrize(
    ("entry", "kind", "target"),
    [
        (Entry(path="d", kind="directory"), tarfile.DIRTYPE, ""),
        (Entry(path="s", kind="symlink", target="../a"), tarfile.SYMTYPE, "../a"),
        (Entry(path="h", kind="hardlink", target="a/b"), tarfile.LNKTYPE, "a/b"),
        (Entry(path="s", kind="symlink", target="t" * 101), tarfile.SYMTYPE, "t" * 101),
        (Entry(path="s", kind="symlink", target="ü"), tarfile.SYMTYPE, "ü"),
    ],
)
def test_links_and_directories(entry: Entry, kind: bytes, target: str) -> None:
    info = read(entry)
    assert (info.name, info.type, info.linkname) == (entry.path, kind, target)


def test_a_symbolic_link_has_the_mode_of_links() -> None:
    assert read(Entry(path="s", kind="symlink", target="a")).mode == 0o777


@pytest.mark.parametrize("length", [99, 100, 101, 990, 9_990, 70_000])
def test_names_of_any_length(length: int) -> None:
    name = "n" * length
    assert read(Entry(path=name)).name == name


def test_what_ustar_cannot_hold_stands_in_an_extended_header() -> None:
    large = 9 << 30
    info = read(Entry(path="große Datei", uid=3_000_000, gid=4_000_000), large)
    assert (info.name, info.size, info.uid, info.gid) == (
        "große Datei",
        large,
        3_000_000,
        4_000_000,
    )
    assert set(info.pax_headers) == {"gid", "path", "size", "uid"}


def test_a_plain_entry_has_one_block() -> None:
    assert len(header(Entry(path="n" * 100))) == BLOCK
    assert len(header(Entry(path="n" * 101))) == 3 * BLOCK


def test_contents_are_filled_up_to_blocks() -> None:
    assert [len(padding(size)) for size in (0, 1, 511, 512, 513)] == [0, 511, 1, 0, 511]


def test_a_name_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(UserError, match="not valid Unicode"):
        header(Entry(path="a\udcff"))
