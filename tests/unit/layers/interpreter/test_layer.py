import tarfile

import pytest

from sparkferry.errors import ExternalError
from sparkferry.layers.interpreter.layer import interpreter_layer
from sparkferry.layers.model import Environment
from sparkferry.progress import QUIET
from support.elves import ARM64, make_elf
from support.interpreters import described, make_standalone

ENVIRONMENT = Environment(python="3.12.9", platform="linux/arm64", glibc=(2, 28))


@pytest.fixture
def build(tmp_path):
    """A standalone build of another platform, with one extension module of its own."""

    def make(name="one", **module):
        place = make_standalone(tmp_path / name)
        (place / "lib/libextra.so.1").write_bytes(make_elf(machine=ARM64))
        (place / "lib/python3.12/lib-dynload/_extra.cpython-312.so").write_bytes(
            make_elf(machine=ARM64, **{"needed": ["libc.so.6"], **module})
        )
        return described(str(place), "3.12.9", platform="linux/arm64", managed=True, native=False)

    return make


class Messages:
    def __init__(self):
        self.said = []
        self.task = QUIET.task

    def message(self, text):
        self.said.append(text)


def names(layer):
    with tarfile.open(layer.path) as archive:
        return set(archive.getnames())


def test_packs_a_build_that_this_machine_cannot_run(build, cache):
    layer = interpreter_layer(build(), ENVIRONMENT, cache, QUIET)

    assert names(layer) == {
        "bin/python",
        "bin/python3",
        "bin/python3.12",
        "lib/python3.12/_sysconfigdata__linux_aarch64-linux-gnu.py",
        "lib/python3.12/lib-dynload/_extra.cpython-312.so",
        "lib/python3.12/os.py",
        "lib/python3.12/site-packages/_sparkferry_activate.py",
        "lib/python3.12/site-packages/sparkferry.pth",
    }


def test_two_copies_give_one_layer(build, cache):
    first = interpreter_layer(build("one"), ENVIRONMENT, cache, QUIET)
    second = interpreter_layer(build("two"), ENVIRONMENT, cache, QUIET)

    assert first == second


def test_layer_that_was_collected_is_packed_again(build, cache):
    prefix = build()
    first = interpreter_layer(prefix, ENVIRONMENT, cache, QUIET)
    first.path.parent.chmod(0o755)
    first.path.unlink()

    second = interpreter_layer(prefix, ENVIRONMENT, cache, QUIET)

    assert second == first
    assert second.path.is_file()


def test_installation_that_changed_is_packed_again(build, cache):
    prefix = build()
    first = interpreter_layer(prefix, ENVIRONMENT, cache, QUIET)
    (prefix.path / "lib/python3.12/added.py").write_text("")

    second = interpreter_layer(prefix, ENVIRONMENT, cache, QUIET)

    assert names(second) - names(first) == {"lib/python3.12/added.py"}


def test_module_without_its_library_is_left_out_and_told(build, cache):
    messages = Messages()

    layer = interpreter_layer(build(needed=["libgone.so.1"]), ENVIRONMENT, cache, messages)

    assert not [name for name in names(layer) if "_extra" in name]
    assert messages.said == [
        "left out of the interpreter: _extra.cpython-312.so, which lacks libgone.so.1"
    ]


def test_interpreter_without_its_library_cannot_be_packed(build, cache):
    prefix = build()
    prefix.binary.write_bytes(make_elf(machine=ARM64, needed=["libpython3.12.so.1.0"]))

    with pytest.raises(ExternalError, match=r"needs libpython3\.12\.so\.1\.0"):
        interpreter_layer(prefix, ENVIRONMENT, cache, QUIET)


def test_damaged_module_is_named(build, cache):
    prefix = build()
    (prefix.path / prefix.dynload / "_broken.so").write_bytes(b"GIF89a")

    with pytest.raises(ExternalError, match="could not pack") as it:
        interpreter_layer(prefix, ENVIRONMENT, cache, QUIET)

    assert "_broken.so" in str(it.value)


def test_newer_glibc_than_the_targets_is_an_error_each_time(build, cache):
    prefix = build(versions=["GLIBC_2.35"])

    for _ in range(2):
        with pytest.raises(ExternalError, match=r"needs glibc 2\.35, the target has 2\.28") as it:
            interpreter_layer(prefix, ENVIRONMENT, cache, QUIET)

    assert "standalone build" in it.value.hint
