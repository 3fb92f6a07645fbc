import gzip
import hashlib
import tarfile
from pathlib import Path

import pytest

from sparkferry.base.cache import Cache
from sparkferry.base.gzip import split
from sparkferry.files import sha256_file
from sparkferry.image.layers.repack import code_layer, interpreter_layer
from sparkferry.image.model import ImageLayer
from sparkferry.layers import zipwriter
from sparkferry.layers.interpreter.tarball import Link, Member, write_tarball
from sparkferry.layers.model import Layer, LayerKind
from sparkferry.progress import QUIET
from sparkferry.snapshot.model import File


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def as_layer(kind: LayerKind, path: Path) -> Layer:
    return Layer(kind=kind, digest=sha256_file(path), size=path.stat().st_size, path=path)


def names(layer: ImageLayer) -> dict[str, tuple[int, str]]:
    assert isinstance(layer.source, Path)
    with tarfile.open(layer.source) as archive:
        return {x.name: (x.mode, x.linkname) for x in archive if not x.isdir()}


def interpreter(directory: Path, content: bytes = b"ELF") -> Layer:
    path = directory / "python.tar.gz"
    members = [
        Member("bin/python3.12", content, executable=True),
        Member("bin/python3", Link("python3.12")),
        Member("lib/python3.12/os.py", b"x = 1\n"),
    ]
    with QUIET.task("pack") as task:
        write_tarball(path, members, task)
    return as_layer("interpreter", path)


def code(directory: Path, text: bytes = b"x = 1\n") -> Layer:
    script = directory / "script"
    script.write_bytes(text)
    facts = script.stat()
    file = File("run.sh", script, facts.st_size, executable=True, modified=facts.st_mtime_ns)
    path = directory / "code.zip"
    zipwriter.write_zip(
        path, [zipwriter.Member("demo/jobs.py", text), zipwriter.Member("run.sh", file)]
    )
    return as_layer("code", path)


def test_the_interpreter_lies_in_its_place(tmp_path: Path, cache: Cache) -> None:
    layer = interpreter_layer(interpreter(tmp_path), "3.12.1", cache)
    assert (layer.role, layer.name, layer.made) == ("interpreter", "Python 3.12.1", "built")
    assert names(layer) == {
        "opt/sparkferry/python/bin/python3": (0o777, "python3.12"),
        "opt/sparkferry/python/bin/python3.12": (0o755, ""),
        "opt/sparkferry/python/lib/python3.12/os.py": (0o644, ""),
    }


def test_what_a_large_file_was_compressed_to_is_taken_over(tmp_path: Path, cache: Cache) -> None:
    content = b"".join(number.to_bytes(4, "big") for number in range(400_000))
    source = interpreter(tmp_path, content)
    layer = interpreter_layer(source, "3.12.1", cache)
    assert isinstance(layer.source, Path)
    carried = {bytes(each.made()) for each in split(source.path.read_bytes())}
    made = list(split(layer.source.read_bytes()))
    shared = [each for each in made if bytes(each.made()) in carried]
    assert b"".join(each.content for each in shared) == content
    plain = b"".join(each.content for each in made)
    assert layer.diff_id == f"sha256:{hashlib.sha256(plain).hexdigest()}"
    with tarfile.open(layer.source) as archive:
        program = archive.extractfile("opt/sparkferry/python/bin/python3.12")
        assert program is not None
        assert program.read() == content


def test_a_tarball_of_others_gives_the_same_files(tmp_path: Path, cache: Cache) -> None:
    content = bytes(200_000)
    source = interpreter(tmp_path, content)
    plain = gzip.decompress(source.path.read_bytes())
    other = tmp_path / "other"
    other.mkdir()
    (other / "python.tar.gz").write_bytes(gzip.compress(plain))
    first = interpreter_layer(source, "3.12.1", cache)
    second = interpreter_layer(as_layer("interpreter", other / "python.tar.gz"), "3.12.1", cache)
    assert first.diff_id == second.diff_id


def test_the_code_lies_in_its_place(tmp_path: Path, cache: Cache) -> None:
    layer = code_layer(code(tmp_path), cache)
    assert (layer.role, layer.name) == ("code", "code")
    assert names(layer) == {
        "opt/sparkferry/code/demo/jobs.py": (0o644, ""),
        "opt/sparkferry/code/run.sh": (0o755, ""),
    }


def test_each_is_made_once(tmp_path: Path, cache: Cache) -> None:
    packed = code(tmp_path)
    assert [code_layer(packed, cache).made for _ in range(2)] == ["built", "cached"]


def test_a_change_gives_another_layer(tmp_path: Path, cache: Cache) -> None:
    first = code_layer(code(tmp_path), cache)
    second = code_layer(code(tmp_path, b"x = 2\n"), cache)
    assert first.descriptor != second.descriptor
