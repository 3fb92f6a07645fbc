"""Layers are read back, by the standard library and by GNU tar, as what went in."""

import gzip
import io
import posixpath
import subprocess
import tarfile
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sparkferry.base.cache import Cache
from sparkferry.errors import UserError
from sparkferry.image.entry import Entry
from sparkferry.image.layers.layer import LayerPlan, layer
from sparkferry.image.layers.tar_part import TarPart, directories, tar_part

SOME = settings(max_examples=60, deadline=None)

NAME = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1, max_size=140
).filter(lambda name: name not in {".", ".."} and not name.startswith(".wh."))
PATH = st.lists(NAME, min_size=1, max_size=3).map("/".join)
MODE = st.integers(0, 0o7777)
OWNER = st.integers(0, 1 << 31)

FILE = st.builds(
    Entry, path=PATH, mode=MODE, uid=OWNER, gid=OWNER, content=st.binary(max_size=3_000)
)
LINK = st.builds(
    Entry,
    path=PATH,
    kind=st.just("symlink"),
    mode=st.just(0o777),
    target=NAME | PATH | PATH.map(lambda path: f"/{path}"),
)
FOLDER = st.builds(Entry, path=PATH, kind=st.just("directory"), mode=MODE, uid=OWNER, gid=OWNER)
ENTRIES = st.lists(FILE | LINK | FOLDER, max_size=12, unique_by=lambda entry: entry.path)

KINDS = {tarfile.REGTYPE: "file", tarfile.SYMTYPE: "symlink", tarfile.DIRTYPE: "directory"}


def make(entries: list[Entry]) -> bytes | None:
    """Return the layer, or None where one entry's file is another's directory."""
    with tempfile.TemporaryDirectory() as directory:
        plan = LayerPlan(role="code", name="", key="", parts=lambda: [tar_part(entries)])
        try:
            made = layer(plan, Cache(Path(directory)))
        except UserError:
            return None
        assert isinstance(made.source, Path)
        return made.source.read_bytes()


def clashes(entries: list[Entry]) -> bool:
    folders = {entry.path for entry in entries if entry.kind == "directory"}
    for entry in entries:
        parent = posixpath.dirname(entry.path)
        while parent:
            folders.add(parent)
            parent = posixpath.dirname(parent)
    return any(entry.path in folders for entry in entries if entry.kind != "directory")


def read(data: bytes) -> list[Entry]:
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(data)), mode="r:") as archive:
        return [as_entry(archive, info) for info in archive]


def as_entry(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Entry:
    stream = archive.extractfile(info) if info.isreg() else None
    return Entry(
        path=info.name,
        kind=KINDS[info.type],
        mode=info.mode,
        uid=info.uid,
        gid=info.gid,
        target=info.linkname,
        content=stream.read() if stream else b"",
    )


@SOME
@given(ENTRIES)
def test_what_goes_in_comes_out(entries: list[Entry]) -> None:
    data = make(entries)
    assert (data is None) == clashes(entries)
    if data is None:
        return
    found = read(data)
    given_folders = {entry.path: entry for entry in entries if entry.kind == "directory"}
    folders = [entry for entry in found if entry.kind == "directory"]
    assert [x for x in found if x.kind != "directory"] == [
        x for x in entries if x.kind != "directory"
    ]
    assert [x for x in folders if x.path in given_folders] == [
        given_folders[path] for path in sorted(given_folders)
    ]
    implied = [x for x in folders if x.path not in given_folders]
    assert all((x.mode, x.uid, x.gid) == (0o755, 0, 0) for x in implied)


@SOME
@given(ENTRIES)
def test_gnu_tar_and_gzip_read_every_layer(entries: list[Entry]) -> None:
    data = make(entries)
    if data is not None:
        done = subprocess.run(["tar", "-tzf", "-"], input=data, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
        assert len(done.stdout.splitlines()) == len(read(data))


@SOME
@given(st.lists(ENTRIES, max_size=4))
def test_parts_make_the_layer_of_all_their_entries(groups: list[list[Entry]]) -> None:
    parts = [tar_part(entries) for entries in groups]
    paths = [entry.path for entries in groups for entry in entries]
    if len(set(paths)) < len(paths):
        return
    assert joined(parts) == (make([x for entries in groups for x in entries]) is not None)


def joined(parts: list[TarPart]) -> bool:
    try:
        directories(parts)
    except UserError:
        return False
    return True
