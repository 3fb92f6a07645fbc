import zipfile
from itertools import accumulate
from pathlib import Path

import pytest

from sparkferry.base.zip_write import Header, central_header, end_records, local_header

GIB = 1 << 30


def write_sparse(path: Path, headers: list[Header]) -> None:
    """Write an archive of zeros, whose contents take no room."""
    heads = [local_header(header) for header in headers]
    sizes = [len(head) + header.compressed for head, header in zip(heads, headers, strict=True)]
    *offsets, end = accumulate(sizes, initial=0)
    directory = b"".join(map(central_header, headers, offsets))
    with path.open("wb") as stream:
        for head, offset in zip(heads, offsets, strict=True):
            stream.seek(offset)
            stream.write(head)
        stream.seek(end)
        stream.write(directory + end_records(len(headers), len(directory), end))


@pytest.mark.parametrize(
    "sizes",
    [[0, 7], [4 * GIB - 2, 0], [4 * GIB - 1], [5 * GIB, 3], [3 * GIB, 3 * GIB, 1]],
    ids=["small", "below", "limit", "large file", "large offset"],
)
def test_sizes_and_offsets_beyond_4_gib_are_read_back(sizes: list[int], tmp_path: Path):
    headers = [
        Header(f"ü/{number}".encode(), 0, 0, size, size, number == 0)
        for number, size in enumerate(sizes)
    ]
    write_sparse(tmp_path / "a.zip", headers)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        infos = archive.infolist()
        assert [info.file_size for info in infos] == [info.compress_size for info in infos] == sizes
        assert [info.external_attr >> 16 & 0o777 for info in infos][:2] == [0o755, 0o644][
            : len(sizes)
        ]
        assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
        for info in infos:
            with archive.open(info) as stream:
                assert stream.name == info.filename


def test_what_inflates_to_more_than_4_gib_has_both_sizes_in_the_local_header():
    header = Header(b"a", 8, 0, 5 * GIB, 10, executable=False)
    assert local_header(header).endswith(
        (5 * GIB).to_bytes(8, "little") + (10).to_bytes(8, "little")
    )


@pytest.mark.parametrize("count", [0, 0xFFFE, 0xFFFF, 70_000])
def test_any_number_of_files_is_read_back(count: int, tmp_path: Path):
    headers = [Header(b"%d" % number, 0, 0, 0, 0, executable=False) for number in range(count)]
    write_sparse(tmp_path / "a.zip", headers)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert len(archive.namelist()) == count
