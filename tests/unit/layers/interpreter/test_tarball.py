import io
import tarfile
from pathlib import Path

from sparkferry.base.gzip import split
from sparkferry.files import sha256_file
from sparkferry.layers.interpreter.tarball import TIME, Link, Member, write_tarball


class Count:
    def __init__(self):
        self.done = 0

    def advance(self, amount):
        self.done += amount


def members(directory: Path):
    directory.mkdir()
    (directory / "program").write_bytes(b"\x7fELF")
    return [
        Member("bin/python3.12", directory / "program", executable=True),
        Member("bin/python3", Link("python3.12")),
        Member("lib/" + "long/" * 40 + "ünï.py", b"x = 1\n"),
    ]


def test_same_members_give_the_same_bytes_whatever_their_order_and_place(tmp_path):
    write_tarball(tmp_path / "one", members(tmp_path / "a"), Count())
    write_tarball(tmp_path / "two", reversed(members(tmp_path / "b")), Count())

    assert sha256_file(tmp_path / "one") == sha256_file(tmp_path / "two")


def test_keeps_links_modes_and_long_names_and_nothing_of_this_machine(tmp_path):
    count = Count()
    write_tarball(tmp_path / "python.tar.gz", members(tmp_path / "a"), count)

    with tarfile.open(tmp_path / "python.tar.gz") as archive:
        found = {info.name: info for info in archive}

    assert count.done == 3
    assert list(found) == sorted(found)
    assert found["bin/python3.12"].mode == 0o755
    assert found["bin/python3"].linkname == "python3.12"
    assert found["lib/" + "long/" * 40 + "ünï.py"].mode == 0o644
    assert {(info.mtime, info.uid, info.gid, info.uname) for info in found.values()} == {
        (TIME, 0, 0, "")
    }


def test_gzip_header_names_no_file_and_no_time(tmp_path):
    write_tarball(tmp_path / "python.tar.gz", [Member("a", b"")], Count())

    head = io.BytesIO((tmp_path / "python.tar.gz").read_bytes()).read(10)

    assert head[3] == 0
    assert head[4:8] == b"\0\0\0\0"


def test_a_large_file_has_members_to_itself(tmp_path):
    large = bytes(range(256)) * 5_000
    found = [Member("a", b"x"), Member("large", large), Member("z", b"y")]
    write_tarball(tmp_path / "python.tar.gz", found, Count())
    contents = [each.content for each in split((tmp_path / "python.tar.gz").read_bytes())]
    assert contents[1:-1] == [large[: 1 << 20], large[1 << 20 :]]
