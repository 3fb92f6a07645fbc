"""Shared libraries of wheels, and which of them this machine lacks."""

import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from sparkferry.files import sha256_file
from sparkferry.layers.libraries.check import Destination, library_findings
from sparkferry.layers.libraries.machine import ThisMachine
from sparkferry.layers.libraries.model import PackageLibraries
from sparkferry.layers.libraries.payload import Payload
from sparkferry.layers.libraries.wheels import read_wheels
from sparkferry.layers.model import Environment, Wheel
from sparkferry.project.model import Packages
from support.elves import AMD64, ARM64, HERE, make_elf
from support.wheels import make_wheel

PLATFORM = {AMD64: "linux/amd64", ARM64: "linux/arm64"}[HERE]
HUGE = (16 << 20) + 1


@pytest.fixture
def wheel(tmp_path):
    def make(name="odd", /, **files):
        path = make_wheel(tmp_path, name, files={f"{name}/__init__.py": b"", **files})
        return Wheel(
            name=name, version="1.0", filename=path.name, sha256=sha256_file(path), path=path
        )

    return make


@pytest.fixture
def said(cache):
    """Return what is said of wheels on this machine."""

    def say(*wheels, interpreter=(), **settings):
        environment = Environment(python="3.12", platform=PLATFORM, glibc=(2, 36))
        payload = Payload(
            wheels=wheels,
            code=PackageLibraries(package="", version="", binaries=()),
            settings=Packages(**settings),
            platform=PLATFORM,
        )
        here = Destination(
            place=ThisMachine(environment, frozenset(interpreter)),
            name="this machine",
            hint=lambda library: f"get {library}",
        )
        return [str(x) for x in library_findings(payload, here, cache)]

    return say


def elf(**what):
    return make_elf(machine=HERE, **what)


def test_package_file_and_library_are_named(wheel, said):
    one = wheel(**{"odd/a.so": elf(needed=["libodd.so.7"])})
    (only,) = said(one)
    assert only == (
        "warning: `odd/a.so` of odd 1.0 needs `libodd.so.7`, which neither a package nor this machine "
        "has: it cannot be loaded"
    )


def test_several_files_of_a_package_are_one_finding(wheel, said):
    one = wheel(**{f"odd/{name}.so": elf(needed=["libodd.so.7"]) for name in "abc"})
    (only,) = said(one)
    assert only.startswith("warning: `odd/a.so` (and 2 more files) of odd 1.0 needs")


def test_wheels_that_bring_all_they_need_are_silent(wheel, said):
    bundled = wheel(
        **{
            "odd/a.so": elf(needed=["libodd-1f.so.7"], runpath="$ORIGIN/../odd.libs"),
            "odd.libs/libodd-1f.so.7": elf(soname="libodd-1f.so.7"),
        }
    )
    needs = wheel("other", **{"other/a.so": elf(needed=["libodd-1f.so.7", "libc.so.6"])})
    assert said(bundled) == []
    assert said(needs, bundled) == []


def test_libraries_of_the_packed_interpreter_count(wheel, said):
    one = wheel(**{"odd/a.so": elf(needed=["libodd.so.7"])})
    assert said(one, interpreter=["libodd.so.7"]) == []


def test_files_that_pruning_leaves_out_are_not_asked(wheel, said):
    one = wheel(**{"odd/tests/__init__.py": b"", "odd/tests/a.so": elf(needed=["libodd.so.7"])})
    assert said(one) == []
    assert len(said(one, prune=False)) == 1


def test_a_setting_names_libraries_without_which_packages_do(wheel, said):
    one = wheel(**{"odd/a.so": elf(needed=["libodd.so.7"])})
    assert said(one, optional_libraries=("libodd.so.7",)) == []


def test_data_scripts_and_programs_are_looked_at_in_their_place(wheel, said):
    one = wheel(
        **{
            "odd-1.0.data/scripts/tool": elf(needed=["libodd.so.7"]),
            "odd-1.0.data/platlib/odd/b": elf(needed=["libeven.so.2"], kind=2),
        }
    )
    first, second = said(one)
    assert first.startswith("warning: `odd/b` of odd 1.0 needs `libeven.so.2`")
    assert second.startswith("warning: `bin/tool` of odd 1.0 needs `libodd.so.7`")


def test_what_the_loader_does_not_load_is_passed_over(wheel, said):
    needs = {"needed": ["libodd.so.7"]}
    one = wheel(
        **{
            "odd/linker.so": b"INPUT(libodd.so.7) /* a linker script, longer than a header of ELF */",
            "odd/object.so": elf(kind=1, **needs),
            "odd/static": elf(),
            "odd/other.so": make_elf(machine=ARM64 if HERE == AMD64 else AMD64, **needs),
            "odd/bits32.so": b"\x7fELF\x01\x01" + elf(**needs)[6:],
            "odd/big_endian.so": b"\x7fELF\x02\x02" + elf(**needs)[6:],
            "odd/short.so": b"\x7fELF",
            "odd/empty.so": b"",
        }
    )
    assert said(one) == []


@pytest.mark.parametrize("cut", [70, 200, -4])
def test_a_damaged_library_is_named(wheel, said, cut):
    one = wheel(**{"odd/a.so": elf(needed=["libodd.so.7"])[:cut], "odd/model.bin": elf()[:70]})
    (only,) = said(one)
    assert only.startswith(
        "warning: `odd/a.so` of odd 1.0 is damaged: it begins like a shared library"
    )


def test_files_too_large_for_memory_are_read_from_the_disk(wheel, said):
    one = wheel(**{"odd/a.so": elf(needed=["libodd.so.7"]) + b"\0" * HUGE})
    assert len(said(one)) == 1


def test_newer_glibc_than_there_is(wheel, said):
    one = wheel(**{"odd/a.so": elf(needed=["libc.so.6"], versions=["GLIBC_2.99"])})
    (only,) = said(one)
    assert only == (
        "warning: `odd/a.so` of odd 1.0 needs `GLIBC_2.99` of `libc.so.6`, and this machine has "
        "`GLIBC_2.36`: it cannot be loaded"
    )


def test_a_wheel_is_read_once(wheel, cache):
    one = wheel(**{"odd/a.so": elf(needed=["libodd.so.7"])})
    first = read_wheels([one], cache)
    gone = msgspec.structs.replace(one, path=one.path.with_name("copy.whl"))
    gone.path.write_bytes(b"not read")

    assert read_wheels([gone], cache) == first


def test_libraries_of_a_compiler_are_read_as_they_are(tmp_path, wheel, said):
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    compiled(
        compiler,
        tmp_path,
        "liblack.so.3",
        "int lack(void) { return 1; }",
        "-Wl,-soname,liblack.so.3",
    )
    need = compiled(
        compiler,
        tmp_path,
        "need.so",
        "int lack(void); int f(void) { return lack(); }",
        "-l:liblack.so.3",
    )
    program = compiled(compiler, tmp_path, "tool", "int main(void) { return 0; }", shared=False)
    lack = (tmp_path / "liblack.so.3").read_bytes()

    assert said(wheel(**{"odd/need.so": need, "odd/tool": program})) != []
    assert said(wheel(**{"odd/need.so": need, "odd/lib/anything.so": lack})) == []


def compiled(
    compiler: str, directory: Path, name: str, text: str, *options: str, shared=True
) -> bytes:
    source = directory / f"{name}.c"
    source.write_text(text)
    mode = ["-shared", "-fPIC"] if shared else []
    argv = [compiler, *mode, "-o", name, source.name, "-L.", *options]
    subprocess.run(argv, cwd=directory, check=True)
    return (directory / name).read_bytes()
