from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparkferry.base.elf import read_elf, read_platform
from sparkferry.layers.interpreter.libraries import system_libraries
from support.elves import ARM64, make_elf


def test_tells_what_a_library_needs():
    data = make_elf(
        needed=["libssl.so.3", "libc.so.6"],
        runpath="$ORIGIN/../lib:/opt/lib",
        versions=["GLIBC_2.9", "GLIBC_2.34", "OPENSSL_3.0.0", "GLIBC_PRIVATE"],
    )

    elf = read_elf(data)

    assert elf.platform == "linux/amd64"
    assert elf.needed == ("libssl.so.3", "libc.so.6")
    assert elf.search == ("$ORIGIN/../lib", "/opt/lib")
    assert elf.glibc == (2, 34)


def test_counts_packed_relative_relocations_as_the_glibc_that_brought_them():
    assert read_elf(make_elf(versions=["GLIBC_2.2.5", "GLIBC_ABI_DT_RELR"])).glibc == (2, 36)


def test_asks_for_no_glibc_without_versions():
    assert read_elf(make_elf()).glibc == (0, 0)


def test_tells_the_platform_of_a_file(tmp_path):
    for name, data in (
        ("arm", make_elf(machine=ARM64)),
        ("riscv", make_elf(machine=243)),
        ("script", b"#!/bin/sh\n" * 20),
        ("short", b"\x7fELF\x02\x01"),
    ):
        (tmp_path / name).write_bytes(data)

    assert read_platform(tmp_path / "arm") == "linux/arm64"
    assert read_platform(tmp_path / "riscv") is None
    assert read_platform(tmp_path / "script") is None
    assert read_platform(tmp_path / "short") is None
    assert read_platform(tmp_path / "absent") is None


@pytest.mark.parametrize(
    "data",
    [b"", b"#!/bin/sh", make_elf(needed=["liba.so"])[:80], make_elf(needed=["liba.so"])[:-4]],
)
def test_refuses_what_is_no_complete_elf_file(data):
    with pytest.raises(ValueError, match="ELF file"):
        read_elf(data)


def test_tells_the_versions_that_it_asks_of_each_library_and_has_itself():
    data = make_elf(
        versions=["GLIBC_2.17"],
        asks={"libstdc++.so.6": ["GLIBCXX_3.4.30", "CXXABI_1.3"]},
        defines=["OWN_1.0", "OWN_1.1"],
    )

    elf = read_elf(data)

    assert elf.versions == {
        "libc.so.6": ("GLIBC_2.17",),
        "libstdc++.so.6": ("GLIBCXX_3.4.30", "CXXABI_1.3"),
    }
    assert elf.defines == ("OWN_1.0", "OWN_1.1")
    assert elf.glibc == (2, 17)


def test_reads_this_machines_own_libraries():
    libraries = [path for paths in system_libraries().values() for path in paths]
    for path in libraries[:200]:
        if read_platform(path):
            assert read_elf(path.read_bytes()).loadable


def test_object_files_are_not_loaded():
    assert read_elf(make_elf()).loadable
    assert not read_elf(make_elf(kind=1)).loadable


@given(st.data())
def test_damage_is_an_error_and_nothing_else(data):
    sound = make_elf(
        needed=["liba.so"], runpath="/x", versions=["GLIBC_2.34"], defines=["A_1"], soname="libb.so"
    )
    spoiled = bytearray(sound)
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(6, len(spoiled) - 1))
        spoiled[at] = data.draw(st.integers(0, 255))
    with suppress(ValueError):
        assert read_elf(bytes(spoiled[: data.draw(st.integers(6, len(spoiled)))])) is not None
