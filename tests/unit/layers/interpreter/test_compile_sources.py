import importlib.util
import io
import json
import marshal
import subprocess
import sys
import zipfile

import pytest

from sparkferry.layers.interpreter import compile_sources
from sparkferry.layers.interpreter.compile_sources import bytecode, held, main

SOURCE = b"""
def greet(odd_name_one, *, odd_name_two=("odd_constant", {"odd": 1})):
    '''Say hello.'''
    class Inner:
        odd_attribute = odd_name_one in {"odd_member", "odd_other"}
    return lambda: (odd_name_one.odd_method, odd_name_two, Inner)
"""


def strings(item):
    if isinstance(item, tuple | list | frozenset):
        return {text for part in item for text in strings(part)}
    return {item} if isinstance(item, str) else set()


def test_every_name_and_constant_is_held_while_it_is_written():
    code = compile(SOURCE, "lib/greet.py", "exec")

    assert strings(held(code)) >= {
        "greet",
        "odd_name_one",
        "odd_attribute",
        "odd_member",
        "odd_method",
        "odd_constant",
        "Say hello.",
        "lib/greet.py",
    }


def test_bytecode_runs_and_is_bound_to_its_source_but_not_checked():
    written = bytecode(SOURCE, "lib/greet.py")

    space: dict = {}
    exec(marshal.loads(written[16:]), space)

    assert space["greet"].__doc__ == "Say hello."
    assert written[:4] == importlib.util.MAGIC_NUMBER
    assert written[4:8] == b"\1\0\0\0"
    assert written[8:16] == importlib.util.source_hash(SOURCE)


def test_refuses_what_is_no_python():
    with pytest.raises(SyntaxError):
        bytecode(b"def", "lib/broken.py")


def test_compiles_what_it_is_told_and_passes_over_what_cannot_be_read(tmp_path, monkeypatch):
    (tmp_path / "good.py").write_text("x = 1\n")
    (tmp_path / "bad.py").write_text("print 1\n")
    (tmp_path / "null.py").write_bytes(b"x\0")
    work = [
        [None, str(tmp_path / name), f"lib/{name}"] for name in ("good.py", "bad.py", "null.py")
    ]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(work)))

    main()

    (written,) = (tmp_path / "lib").rglob("*.pyc")
    assert written.parent.name == "__pycache__"
    assert written.name.startswith("good.")


def test_runs_as_a_program_by_itself(tmp_path):
    done = subprocess.run(
        [sys.executable, "-I", compile_sources.__file__], input=b"[]", cwd=tmp_path, check=True
    )

    assert done.returncode == 0


def test_reads_sources_inside_of_archives(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "demo.whl", "w") as archive:
        archive.writestr("demo.data/purelib/a.py", SOURCE)
    monkeypatch.chdir(tmp_path)
    work = [[str(tmp_path / "demo.whl"), "demo.data/purelib/a.py", "lib/a.py"]]
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(work)))

    main()

    (written,) = (tmp_path / "lib").rglob("*.pyc")
    assert written.read_bytes() == bytecode(SOURCE, "lib/a.py")
