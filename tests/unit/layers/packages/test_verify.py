import re
import stat
import struct
import subprocess
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from sparkferry.base.cache import Cache
from sparkferry.layers.model import Wheel
from sparkferry.layers.packages.verify import readable, verify_wheel, wheel_indexes
from sparkferry.layers.packages.wheel_index import WheelIndex
from sparkferry.layers.packages.zip_read import WheelError
from sparkferry.process import tool
from support.raw_wheels import Raw, archive, complete, sha256, wheel_file
from support.wheels import make_wheel

INFO = "demo-1.0.dist-info"
CODE = Raw(b"print('hello')\n" * 40)
LARGE = Raw(bytes(3 << 20))
FILES = {"demo/__init__.py": CODE, "demo/data.bin": Raw(bytes(range(256)), zipfile.ZIP_STORED)}
GOOD = archive(complete(FILES))


def built(files: dict[str, Raw]) -> bytes:
    return archive(complete({**FILES, **files}))


def with_name(name: str) -> bytes:
    """A wheel with a name that zipfile would not write."""
    placeholder = "x" * len(name)
    return built({placeholder: CODE}).replace(placeholder.encode(), name.encode())


def patched_directory(offset: int, layout: str, *values: int) -> bytes:
    """The good wheel with fields of the first record of its central directory changed."""
    data = bytearray(GOOD)
    struct.pack_into(layout, data, GOOD.index(b"PK\1\2") + offset, *values)
    return bytes(data)


def patched_both(offset: int, layout: str, value: int) -> bytes:
    """The good wheel with a field of its first file changed, in both headers."""
    data = bytearray(patched_directory(offset + 2, layout, value))
    struct.pack_into(layout, data, offset, value)
    return bytes(data)


def with_stream(stream: bytes, declared: bytes) -> bytes:
    """A wheel whose file `demo/__init__.py` has ``stream`` in place of the deflated ``declared``."""
    dummy = Raw(stream, zipfile.ZIP_STORED)
    data = archive(complete({"demo/__init__.py": dummy}))
    for magic, at in ((b"PK\3\4", 0), (b"PK\1\2", 2)):
        start = data.index(magic)
        values = struct.pack("<3L", zlib.crc32(declared), len(stream), len(declared))
        data = data[: start + 8 + at] + struct.pack("<H", 8) + data[start + 10 + at :]
        data = data[: start + 14 + at] + values + data[start + 26 + at :]
    return data


def deflated(data: bytes) -> bytes:
    return zlib.compress(data, wbits=-zlib.MAX_WBITS)


def flipped_content() -> bytes:
    data = bytearray(GOOD)
    data[data.index(bytes(range(256))) + 7] ^= 1
    return bytes(data)


def with_record(change: Callable[[bytes], bytes]) -> bytes:
    files = complete(FILES)
    record = f"{INFO}/RECORD"
    return archive({**files, record: Raw(change(files[record].data))})


def without(name: str) -> bytes:
    files = complete(FILES)
    del files[name]
    return archive(files)


def with_metadata(file: str, text: str) -> bytes:
    return built({f"{INFO}/{file}": Raw(text.encode())})


def overlapping() -> bytes:
    """Two names for the bytes of one: what zip bombs are made of."""
    files = complete({"aaaa.py": CODE, "bbbb.py": CODE})
    data = archive(files)
    first, second = (data.index(b"PK\1\2"), data.index(b"PK\1\2", data.index(b"PK\1\2") + 1))
    return data[: second + 42] + data[first + 42 : first + 46] + data[second + 46 :]


def doubled(second: bytes) -> bytes:
    """The good wheel with another entry of a name that it has."""
    return built({"demo/__init__.pz": Raw(second)}).replace(b"__init__.pz", b"__init__.py")


def known(directory: Path, data: bytes) -> WheelIndex:
    """Return what is found out about a wheel, whose files have the digests that it tells."""
    path = directory / "demo-1.0-py3-none-any.whl"
    path.write_bytes(data)
    wheel = Wheel(name="demo", version="1.0", filename=path.name, sha256="0" * 64, path=path)
    cache = Cache(directory / "cache")
    (index,) = wheel_indexes(cache, [wheel])
    with zipfile.ZipFile(readable(wheel, index, cache).path) as archive:
        content = {info.orig_filename.replace("//", "/"): info for info in archive.infolist()}
        for member in index.members:
            digest = f"sha256={sha256(archive.read(content[member.name]))}"
            assert member.hash == digest or not member.hash
    return index


BAD = {
    "deflate64": (patched_both(8, "<H", 9), "compressed by method 9"),
    "damaged bzip2": (
        built({"demo/b": Raw(b"b" * 99, zipfile.ZIP_BZIP2)}).replace(b"BZh9", b"BZh0", 1),
        "cannot be compressed anew",
    ),
    "empty": (b"", "not a complete zip archive"),
    "no zip": (b"<html>not found</html>", "not a complete zip archive"),
    "truncated": (GOOD[: len(GOOD) // 2], "not a complete zip archive"),
    "headers cut off": (GOOD[200:], "points outside of the archive"),
    "parent": (with_name("../evil.py"), "'../evil.py' leads out of the directory"),
    "hidden parent": (with_name("demo/../../evil.py"), "leads out of the directory"),
    "absolute": (with_name("/etc/evil"), "leads out of the directory"),
    "control character": (with_name("demo/a\nb.py"), "leads out of the directory"),
    "twice": (doubled(b"other"), "twice, with different content"),
    "file and directory": (built({"demo/__init__.py/x/y.py": CODE}), "is a file and a directory"),
    "encrypted": (patched_both(6, "<H", 1), "is encrypted"),
    "two sizes when stored": (
        GOOD.replace(struct.pack("<2L", 256, 256), struct.pack("<2L", 256, 255)),
        "has two sizes",
    ),
    "local header differs": (patched_directory(24, "<L", 12345), "contradicts the directory"),
    "local name differs": (GOOD.replace(b"demo/data.bin", b"demo/evil.bin", 1), "contradicts"),
    "overlap": (overlapping(), "contradicts the directory|shares bytes"),
    "longer than the gap": (patched_both(18, "<L", 1 << 20), "shares bytes with what follows"),
    "bomb": (patched_both(22, "<L", 3 << 30), "is a zip bomb"),
    "more than declared": (with_stream(deflated(LARGE.data), LARGE.data[:9]), "holds more than"),
    "less than declared": (with_stream(deflated(b"abc"), b"abcdef"), "holds less than"),
    "no deflate": (with_stream(b"\xff" * 30, b"abc"), "cannot be inflated"),
    "unfinished stream": (
        with_stream(deflated(CODE.data)[:-4], CODE.data),
        "cannot be inflated|less",
    ),
    "wrong CRC": (flipped_content(), "the CRC of `demo/data.bin` is wrong"),
    "no RECORD": (without(f"{INFO}/RECORD"), "it has no RECORD"),
    "no WHEEL": (without(f"{INFO}/WHEEL"), "it has no WHEEL"),
    "no METADATA": (without(f"{INFO}/METADATA"), "it has no METADATA"),
    "RECORD is no text": (with_record(lambda _: b"\xff\xfe"), "its RECORD cannot be read"),
    "format 2": (
        with_metadata("WHEEL", "Wheel-Version: 2.0\nTag: py3-none-any\n"),
        "its format has version 2.0, not 1.x",
    ),
    "no format": (with_metadata("WHEEL", "Tag: py3-none-any\n"), "its format has version none"),
    "other name": (
        with_metadata("METADATA", "Name: other\nVersion: 1.0\n"),
        "METADATA is of other 1.0, not of demo 1.0",
    ),
    "other version": (
        with_metadata("METADATA", "Name: demo\nVersion: 1.1\n"),
        "METADATA is of demo 1.1, not of demo 1.0",
    ),
    "no version": (with_metadata("METADATA", "Name: demo\n"), "METADATA is of demo , not of"),
    "endless METADATA": (with_metadata("METADATA", " " * (17 << 20)), "too many for a text"),
    "other package": (archive(complete({}, "other")), "`other-1.0.dist-info` is not of demo"),
    "no dist-info": (archive(FILES), "it has 0 metadata directories"),
    "two dist-info": (built({"x-1.0.dist-info/WHEEL": CODE}), "it has 2 metadata directories"),
    "unknown scheme": (
        built({"demo-1.0.data/usr/x": CODE}),
        "`demo-1.0.data/usr/x` is in none of the directories",
    ),
    "place in a file": (
        built({"demo-1.0.data/data/demo/__init__.py/x": CODE}),
        "`demo/__init__.py` would be a file and a directory at once",
    ),
    "command without function": (
        with_metadata("entry_points.txt", "[console_scripts]\nrun = demo.main\n"),
        "its command `run` refers to no function: `demo.main`",
    ),
    "command that leads out": (
        with_metadata("entry_points.txt", "[console_scripts]\n../run = demo:main\n"),
        r"its command `\.\./run` refers to no function",
    ),
    "command with code": (
        with_metadata("entry_points.txt", "[console_scripts]\nrun = demo:main();evil\n"),
        "refers to no function",
    ),
}


CARELESS = {
    "not in RECORD": (
        with_record(lambda text: b"\n".join(text.splitlines()[1:])),
        "its RECORD does not list `demo/__init__.py`",
    ),
    "empty RECORD": (with_record(lambda _: b""), "its RECORD does not list `demo/__init__.py`, "),
    "wrong hash": (
        with_record(lambda text: text.replace(sha256(CODE.data).encode(), b"A" * 43)),
        "its RECORD has a wrong hash of `demo/__init__.py`",
    ),
    "wrong size": (
        with_record(lambda text: text.replace(b",256", b",255")),
        "its RECORD has a wrong size of `demo/data.bin`",
    ),
    "weak hash": (
        with_record(lambda text: text.replace(b"sha256=", b"md5=")),
        "its RECORD has no SHA-256 of `demo/__init__.py`, ",
    ),
    "no hash": (
        with_record(lambda text: re.sub(rb"sha256=[^,]*", b"", text)),
        "its RECORD has no SHA-256 of `demo/__init__.py`, ",
    ),
    "not in the archive": (
        with_record(lambda text: text + b"demo/gone.py,sha256=xyz,3\n\n"),
        "its RECORD lists `demo/gone.py`, which it does not hold",
    ),
    "two columns": (with_record(lambda text: text + b"a,b"), "lines that do not have three"),
    "no CSV": (with_record(lambda text: text + b'"a"b,,\n'), "which it does not hold"),
    "listed twice": (with_record(lambda text: text * 2), "lists `demo/__init__.py`, "),
    "newer format": (
        with_metadata("WHEEL", "Wheel-Version: 1.9\nTag: py3-none-any\n"),
        "its format has version 1.9, newer than 1.0",
    ),
    "other tag": (
        with_metadata("WHEEL", "Wheel-Version: 1.0\nTag: cp312-cp312-linux_x86_64\n"),
        "its WHEEL names other tags than its file name: `cp312-cp312-linux_x86_64`",
    ),
    "no tag": (with_metadata("WHEEL", "Wheel-Version: 1.0\n"), "its WHEEL names no tag"),
    "malformed tag": (with_metadata("WHEEL", "Wheel-Version: 1.0\nTag: any\n"), "names other tags"),
    "other version of the directory": (
        archive(
            {path.replace("demo-1.0", "Demo-1.1"): raw for path, raw in complete(FILES).items()}
        ),
        "the directory `Demo-1.1.dist-info` is not named after demo 1.0",
    ),
    "data of another name": (
        built({"Demo-1.0.data/data/share/x": CODE}),
        r"`Demo-1.0.data` is not its data directory \(`demo-1.0.data`\)",
    ),
    "twice the same": (doubled(CODE.data), "it holds `demo/__init__.py` twice"),
    "one place twice": (
        built({"demo-1.0.data/purelib/demo/__init__.py": Raw(b"data = 1\n")}),
        "it has two files for `demo/__init__.py`",
    ),
    "empty part": (with_name("demo//extra.py"), "its RECORD does not list `demo/extra.py`"),
    "backslash": (with_name("demo\\evil.py"), "name of Windows and is left out"),
    "drive": (with_name("C:/evil.py"), "name of Windows and is left out"),
    "directory with bytes": (
        built({"demo/sub/": CODE}),
        "`demo/sub/` has content, which is left out",
    ),
    "symbolic link": (
        built({"demo/link": Raw(b"/etc/passwd", mode=stat.S_IFLNK | 0o777)}),
        "`demo/link` is marked as a symbolic link and ships as a plain file",
    ),
    "device": (
        built({"demo/null": Raw(b"", mode=stat.S_IFCHR | 0o666)}),
        "is marked as a special file",
    ),
    "unreadable entry points": (
        with_metadata("entry_points.txt", "run = demo:main\n"),
        "its entry_points.txt cannot be read .*, so it has no commands",
    ),
    "pointer": (
        built({"demo/t.bin": Raw(b"version https://git-lfs.github.com/spec/v1\noid sha256:7\n")}),
        "there is a pointer of Git LFS in place of its content: `demo/t.bin`",
    ),
    "bzip2": (
        built({"demo/b": Raw(b"b" * 99, zipfile.ZIP_BZIP2)}),
        "`demo/b` is compressed by bzip2, which Java does not read; it is compressed anew",
    ),
    "LZMA": (
        built({"demo/b": Raw(b"b" * 99, zipfile.ZIP_LZMA)}),
        "`demo/b` is compressed by LZMA, which Java does not read; it is compressed anew",
    ),
    "after the stream": (
        with_stream(deflated(CODE.data) + b"tail", CODE.data),
        "the stream of `demo/__init__.py` ends before its last bytes; it is compressed anew",
    ),
    "long after the stream": (
        with_stream(deflated(CODE.data) + bytes(2 << 20), CODE.data),
        "ends before its last bytes",
    ),
}

SILENT = {
    "directory": built({"demo/sub/": Raw(b"")}),
    "prefix": b"#!/bin/sh\n" + GOOD,
    "suffix": GOOD + b"x" * 30,
    "comment": GOOD[:-2] + struct.pack("<H", 5) + b"hello",
    "signature": built({f"{INFO}/RECORD.jws": CODE}),
    "version in another form": with_metadata("METADATA", "Name: Demo\nVersion: 1.0.0\n"),
    "entry points with a BOM": with_metadata(
        "entry_points.txt", "\ufeff[console_scripts]\nrun = demo : main [extra]\n"
    ),
}


@pytest.mark.parametrize(("data", "remark"), CARELESS.values(), ids=CARELESS.keys())
def test_a_careless_wheel_is_known_with_a_remark(data: bytes, remark: str, tmp_path: Path):
    index = known(tmp_path, data)
    assert re.search(remark, "\n".join(index.remarks))
    assert all(item.name.endswith("/RECORD") for item in index.members if not item.hash)


def test_uv_installs_every_careless_wheel(tmp_path: Path):
    only_pip = {"two columns", "unreadable entry points", "bzip2", "LZMA"}
    for name in CARELESS.keys() - only_pip:
        wheel = tmp_path / name / "demo-1.0-py3-none-any.whl"
        wheel.parent.mkdir()
        wheel.write_bytes(CARELESS[name][0])
        options = ("--offline", "--no-cache", "--no-deps", "--target", str(tmp_path / name / "to"))
        argv = [tool("uv"), "pip", "install", *options, str(wheel)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (name, done.stderr)


@pytest.mark.parametrize("data", SILENT.values(), ids=SILENT.keys())
def test_a_wheel_of_a_rare_form_is_known_without_a_remark(data: bytes, tmp_path: Path):
    assert known(tmp_path, data).remarks == ()


@pytest.mark.parametrize(("data", "reason"), BAD.values(), ids=BAD.keys())
def test_a_bad_wheel_is_refused_and_named(data: bytes, reason: str, tmp_path: Path):
    with pytest.raises(
        WheelError, match=rf"could not verify `demo-1\.0-.*`: .*({reason})"
    ) as error:
        known(tmp_path, data)
    assert error.value.exit_code == 3
    assert error.value.hint


@pytest.mark.parametrize("name", ["demo.whl", "demo-1.0.whl", "demo-x-py3-none-any.whl"])
def test_a_file_name_that_is_no_wheels_is_refused(name: str, tmp_path: Path):
    (tmp_path / name).write_bytes(GOOD)
    with pytest.raises(WheelError, match="its name is not a wheel's"):
        verify_wheel(tmp_path / name)


def test_the_first_of_many_files_are_named(tmp_path: Path):
    files = complete({f"demo/m{number}.py": CODE for number in range(9)})
    wrong = files[f"{INFO}/RECORD"].data.replace(sha256(CODE.data).encode(), b"A" * 43)
    (remark,) = known(tmp_path, archive({**files, f"{INFO}/RECORD": Raw(wrong)})).remarks
    assert remark == (
        "its RECORD has a wrong hash of `demo/m0.py`, `demo/m1.py`, `demo/m2.py`, `demo/m3.py`, "
        "`demo/m4.py` and 4 more"
    )


def test_a_good_wheel_is_known_by_its_files(tmp_path: Path):
    tool = Raw(b"\x7fELF", mode=stat.S_IFREG | 0o755)
    index = verify_wheel(wheel_file(tmp_path, {**FILES, "demo/tool": tool, "demo/sub/": Raw(b"")}))
    members = {item.name: item for item in index.members}
    assert index.dist_info == INFO
    assert members["demo/tool"].executable
    assert not members["demo/__init__.py"].executable
    assert members["demo/__init__.py"].hash == f"sha256={sha256(CODE.data)}"
    assert members[f"{INFO}/RECORD"].hash == ""
    assert "demo/sub/" not in members


@pytest.mark.parametrize("streamed", [False, True])
def test_headers_may_have_zip64_sizes_and_descriptors(tmp_path: Path, streamed: bool):
    files = {path: replace(raw, zip64=True) for path, raw in FILES.items()}
    index = verify_wheel(wheel_file(tmp_path, files, streamed=streamed))
    assert {item.name: item.size for item in index.members}["demo/data.bin"] == 256


def test_contents_larger_than_a_block_are_read_to_their_end(tmp_path: Path):
    noise = b"".join(number.to_bytes(4, "big") for number in range(1 << 20))
    files = {"demo/a.bin": LARGE, "demo/b.bin": Raw(noise), "demo/c.bin": Raw(noise, 0)}
    sizes = {item.name: item.size for item in verify_wheel(wheel_file(tmp_path, files)).members}
    assert sizes["demo/a.bin"] == 3 << 20
    assert sizes["demo/c.bin"] == sizes["demo/b.bin"] == 4 << 20


def test_names_and_versions_are_compared_after_normalisation(tmp_path: Path):
    path = make_wheel(tmp_path, "Some.Thing", "1.0")
    renamed = path.rename(tmp_path / "some_thing-1.0.0-1-py2.py3-none-any.whl")
    assert verify_wheel(renamed).dist_info == "Some.Thing-1.0.dist-info"


def test_scripts_and_commands_are_found(tmp_path: Path):
    points = (
        b"[console_scripts]\nRun = demo:main [extra]\n[gui_scripts]\ndraw = demo.gui:App.start\n"
    )
    script = b"#!python\nimport demo\n"
    data = "demo-1.0.data/scripts"
    index = verify_wheel(
        wheel_file(
            tmp_path,
            {
                f"{data}/old": Raw(script),
                f"{data}/binary": Raw(b"\x7fELF"),
                f"{INFO}/entry_points.txt": Raw(points),
            },
        )
    )
    assert index.scripts == {f"{data}/old": script}
    assert index.commands == (("Run", "demo:main"), ("draw", "demo.gui:App.start"))


def test_a_wheel_is_verified_once_and_remembered(tmp_path: Path):
    path = wheel_file(tmp_path, FILES)
    cache = Cache(tmp_path / "cache")
    wheel = Wheel(name="demo", version="1.0", filename=path.name, sha256="0" * 64, path=path)
    first = wheel_indexes(cache, [wheel])
    path.write_bytes(b"")
    assert wheel_indexes(cache, [wheel]) == first
    assert msgspec.json.decode(msgspec.json.encode(first[0]), type=WheelIndex) == first[0]
