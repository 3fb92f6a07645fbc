"""Interpreters that start and such that do not: real programs, in the smallest of images."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from sparkferry.image.verify.contract import read_for_checks
from sparkferry.image.verify.report import verify_image
from sparkferry.image.verify.start import Start, needed, start_interpreter
from support.specimens import SPARK, TODAY, Sound, program
from support.tars import Member, hardlink, member, symlink

PYTHON = "opt/py/bin/python3"


def needed_libraries(path: Path) -> list[Path]:
    listed = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
    words = [word for line in listed.splitlines() for word in line.split()]
    return [Path(word) for word in words if word.startswith("/")]


@pytest.fixture(scope="module")
def libraries() -> list[tuple[Member, bytes]]:
    """The loader and libc of this machine, where `true` looks for them."""
    found = needed_libraries(Path(shutil.which("true") or "/bin/true"))
    return [program(str(path)[1:], path.read_bytes()) for path in found]


def start(sound: Sound, path: str = f"/{PYTHON}") -> Start:
    specimen = sound.specimen()
    return start_interpreter(specimen, read_for_checks(specimen), path)


@pytest.fixture(scope="module")
def echo(libraries) -> Sound:
    """An image whose interpreter is `echo`: it prints what it is given."""
    content = Path(shutil.which("echo") or "/bin/echo").read_bytes()
    started = SPARK.having(*libraries, program(PYTHON, content), member("opt/py/lib/x", b"1"))
    if reason := start(started).not_tried:
        pytest.skip(f"start: {reason}")
    return started


def test_what_starts_is_told(echo):
    assert start(echo).version.startswith("-I -c import sys")


def test_it_is_found_through_links_and_later_layers(echo):
    linked = echo.having(symlink("usr/bin/py", "/opt/py/bin/python3")).above(
        hardlink("opt/py/bin/other", PYTHON), member("opt/py/lib/x", b"2")
    )
    assert start(linked, "/usr/bin/py").finding is None
    assert start(linked, "/opt/py/bin/other").finding is None


def test_what_does_not_start_is_an_error(echo, libraries):
    false = Path(shutil.which("false") or "/bin/false").read_bytes()
    found = start(echo.having(program(PYTHON, false))).finding
    assert "`/opt/py/bin/python3` does not start: exit code 1" in found.message
    without = echo.without(*(x[0].name for x in libraries))
    assert "does not start" in start(without).finding.message


def test_an_interpreter_of_another_platform_is_not_tried(echo):
    other = start(replace(echo, more={"architecture": "s390x"}))
    assert "linux/s390x" in other.not_tried


def test_one_that_is_not_there_is_not_tried(echo):
    assert start(echo, "/no/where").not_tried == "it is not in the image"


def test_links_are_never_written_through(echo, tmp_path):
    """A layer that has a file first and then a link of its name must not reach this machine's files."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    evil = echo.above(member("opt/py/lib/x", b"evil"), symlink("opt/py/lib/y", "x"))
    links = {"a": member("opt/py/z", b"evil"), "b": symlink("opt/py/z", str(victim))}
    start(replace(evil, layers=(*evil.layers, links)))
    assert victim.read_bytes() == b"mine"


def test_only_what_a_start_needs_is_copied():
    sound = SPARK.having(
        program("usr/bin/python3.11"),
        member("usr/lib/python3.11/os.py"),
        member("usr/lib/python3.11/test/test_os.py"),
        member("usr/lib/python3/dist-packages/big.py"),
        member("usr/lib/x86_64-linux-gnu/libc.so.6"),
        member("usr/lib/jvm/x/lib/libjvm.so"),
        member("usr/share/doc/x"),
    )
    rootfs = read_for_checks(sound.specimen())
    files = {
        name for name, node in needed(rootfs, "/usr/bin/python3.11").items() if node.kind == "file"
    }
    assert files == {
        "usr/bin/python3.11",
        "usr/lib/python3.11/os.py",
        "usr/lib/x86_64-linux-gnu/libc.so.6",
        "usr/lib/x86_64-linux-gnu/libjemalloc.so.2",
    }


def test_a_verdict_has_everything(echo):
    good = verify_image(echo.env(PYSPARK_PYTHON=f"/{PYTHON}").specimen(), "spark", TODAY)
    assert good.kept
    assert good.start.version
    replaced = echo.above(member("opt/py/lib/x", b"22"))
    weights = verify_image(replaced.env(PYSPARK_PYTHON=None).specimen(), "dataproc", TODAY)
    assert weights.start is None
    assert [(x.files, x.unpacked, x.wasted) for x in weights.layers][1] == (1, 2, 0)
    assert weights.layers[0].wasted == 1


def test_a_verdict_fails_with_the_interpreter(echo):
    false = Path(shutil.which("false") or "/bin/false").read_bytes()
    broken = echo.having(program(PYTHON, false)).env(PYSPARK_PYTHON=f"/{PYTHON}")
    assert not verify_image(broken.specimen(), "spark", TODAY).kept


def test_the_interpreter_is_the_one_that_spark_finds_on_path(echo):
    false = Path(shutil.which("false") or "/bin/false").read_bytes()
    broken = echo.having(program("opt/py/bin/python3", false)).env(PATH="/opt/py/bin:/usr/bin")
    for named in (None, "python3"):
        verdict = verify_image(broken.env(PYSPARK_PYTHON=named).specimen(), "spark", TODAY)
        assert "`/opt/py/bin/python3` does not start" in verdict.findings[-1].message
