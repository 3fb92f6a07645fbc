"""A spliced layer holds what `installer`, PyPA's own, makes of the same wheels.

The differences, on purpose:

* the first line of scripts, and of what entry points become, leads to the interpreter that is packed
  beside the packages, and RECORD has the hashes of these;
* every script may be executed, as the wheel specification has it for wheels made on Windows;
* ``__pycache__`` is left out by pruning, and by `installer` always: no wheel here has one.
"""

import posixpath
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from installer import install
from installer.destinations import SchemeDictionaryDestination
from installer.sources import WheelFile

from sparkferry.layers.packages.contents import Item, Packable, contents
from sparkferry.layers.packages.prune import left_out
from sparkferry.layers.packages.splice import splice
from sparkferry.layers.packages.verify import verify_wheel
from sparkferry.layers.packages.wheel_layout import SCHEMES, place
from sparkferry.layers.packages.wheel_record import parse_record
from sparkferry.layers.packages.zip_read import WheelError
from sparkferry.project.model import Packages
from support.raw_wheels import Raw, archive, complete, sha256, wheel_file

FEW = settings(max_examples=40, deadline=None)

Tree = dict[str, tuple[bytes, bool]]
"""Content, and whether it may be executed, by path."""

PARTS = st.sampled_from(["a", "b", "tests", "test", "ü x", "include", "bin"])
FILES = st.sampled_from(["__init__.py", "m.py", "m.pyi", "m.pyx", "m.c", "run", "data, 1.csv"])
SCHEME = st.sampled_from(["", *sorted(f"SELF-1.0.data/{name}/" for name in SCHEMES)])
CONTENT = st.one_of(
    st.binary(max_size=200),
    st.sampled_from([b"from .tests import m\n", b"#!python\nprint(1)\n", b"ab" * 40]),
)
RAW = st.builds(
    Raw,
    data=CONTENT,
    method=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    mode=st.sampled_from([0, stat.S_IFREG | 0o644, stat.S_IFREG | 0o755, stat.S_IFREG | 0o600]),
    zip64=st.booleans(),
)
PATHS = st.builds(
    lambda scheme, parts, file: f"{scheme}SELF/{'/'.join([*parts, file])}",
    SCHEME,
    st.lists(PARTS, max_size=3),
    FILES,
)
WHEEL = st.tuples(st.dictionaries(PATHS, RAW, max_size=12), st.booleans(), st.booleans())
WHEELS = st.lists(WHEEL, min_size=1, max_size=3)


@contextmanager
def written(drawn: list[tuple[dict[str, Raw], bool, bool]]) -> Iterator[tuple[Path, list[Path]]]:
    """Write the wheels that were drawn, each file under a name of its wheel's own."""
    with tempfile.TemporaryDirectory() as directory:
        wheels = []
        for number, (files, streamed, commands) in enumerate(drawn):
            name = f"wheel{number}"
            own = {path.replace("SELF", name): raw for path, raw in files.items()}
            places = {place(f"{name}-1.0.dist-info", path): path for path in own}
            own = {path: own[path] for path in places.values()}
            if commands:
                points = f"[console_scripts]\nrun-{name} = {name}.m:main\n"
                own[f"{name}-1.0.dist-info/entry_points.txt"] = Raw(points.encode())
            wheels.append(wheel_file(Path(directory), own, name, streamed=streamed))
        yield Path(directory), wheels


def items_of(wheels: list[Path], rules: Packages) -> list[Item]:
    found = contents([Packable(path, verify_wheel(path)) for path in wheels], rules)
    return [item for items in found.files.values() for item in items]


def spliced(directory: Path, wheels: list[Path], rules: Packages) -> Tree:
    target = directory / "packages.zip"
    splice(items_of(wheels, rules), target)
    with zipfile.ZipFile(target) as result:
        assert result.testzip() is None
        return {
            info.filename: (result.read(info), bool(info.external_attr >> 16 & 0o100))
            for info in result.infolist()
        }


def installed(directory: Path, wheels: list[Path]) -> Tree:
    root = directory / "installed"
    for wheel in wheels:
        headers = root / "include" / wheel.name.partition("-")[0]
        schemes = dict.fromkeys(("purelib", "platlib", "data"), str(root))
        schemes |= {"scripts": str(root / "bin"), "headers": str(headers)}
        destination = SchemeDictionaryDestination(schemes, "/python", "posix")
        with WheelFile.open(wheel) as source:
            install(source, destination, additional_metadata={})
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), bool(path.stat().st_mode & 0o100))
        for path in root.rglob("*")
        if path.is_file()
    }


def without_launch(content: bytes) -> bytes:
    first, _, rest = content.partition(b"\n")
    return rest if b"python" in first else content


@FEW
@given(WHEELS)
def test_the_tree_is_the_one_that_installer_makes(drawn):
    with written(drawn) as (directory, wheels):
        ours, theirs = (
            spliced(directory, wheels, Packages(prune=False)),
            installed(directory, wheels),
        )
    assert ours.keys() == theirs.keys()
    for path, (content, executable) in ours.items():
        expected, may_run = theirs[path]
        assert executable == (may_run or path.startswith("bin/")), path
        if path.endswith(".dist-info/RECORD"):
            assert_same_record(content, expected)
        elif path.startswith("bin/run-"):
            assert b"m import main" in content
            assert b"m import main" in expected
        elif path.startswith("bin/"):
            assert without_launch(content) == without_launch(expected)
        else:
            assert content == expected, path


def assert_same_record(ours: bytes, theirs: bytes) -> None:
    expected = {posixpath.normpath(path): line for path, line in parse_record(theirs).lines.items()}
    found = parse_record(ours).lines
    assert found.keys() == expected.keys()
    for path, line in found.items():
        if not path.startswith("bin/"):
            assert (line.hash, line.size) == (expected[path].hash, expected[path].size)


@FEW
@given(WHEELS)
def test_record_gives_the_hash_of_every_file_that_ships(drawn):
    with written(drawn) as (directory, wheels):
        tree = spliced(directory, wheels, Packages())
    recorded = {}
    for path, (content, _) in tree.items():
        if path.endswith(".dist-info/RECORD"):
            recorded |= parse_record(content).lines
    assert recorded.keys() == tree.keys()
    for path, line in recorded.items():
        assert line.hash in {"", f"sha256={sha256(tree[path][0])}"}
        assert bool(line.hash) != path.endswith("dist-info/RECORD")


@FEW
@given(WHEELS)
def test_pruning_takes_files_away_and_changes_none(drawn):
    with written(drawn) as (directory, wheels):
        whole = spliced(directory, wheels, Packages(prune=False))
        pruned = spliced(directory, wheels, Packages())
        read_saved = spliced(directory, wheels, Packages(keep=("*",)))
        indexes = [verify_wheel(path) for path in wheels]
    gone = {
        place(index.dist_info, name) for index in indexes for name in left_out(index, Packages())
    }
    assert pruned.keys() == whole.keys() - gone
    assert read_saved == whole
    for path, file in pruned.items():
        assert path.endswith(".dist-info/RECORD") or file == whole[path]


@FEW
@given(WHEELS)
def test_the_same_wheels_make_the_same_bytes(drawn):
    with written(drawn) as (directory, wheels):
        items = items_of(wheels, Packages())
        digest = splice(items, directory / "first.zip")
        assert digest == splice(items, directory / "second.zip")
        assert (directory / "first.zip").read_bytes() == (directory / "second.zip").read_bytes()


FIRST = complete({"demo/__init__.py": Raw(b"x = 1\n" * 20), "demo/b": Raw(bytes(99), 0)})
GOOD = archive(FIRST)


@FEW
@given(
    st.lists(
        st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 4), st.binary(max_size=4)),
        min_size=1,
        max_size=3,
    )
)
def test_a_damaged_wheel_is_refused_or_holds_what_it_held(damages):
    data = bytearray(GOOD)
    for start, length, new in damages:
        data[start : start + length] = new
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "demo-1.0-py3-none-any.whl")
        path.write_bytes(data)
        try:
            tree = spliced(Path(directory), [path], Packages(prune=False))
        except WheelError:
            return
    assert {name: content for name, (content, _) in tree.items() if "RECORD" not in name} == {
        name: raw.data for name, raw in FIRST.items() if "RECORD" not in name
    }
