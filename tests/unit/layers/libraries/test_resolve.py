"""Which libraries are missing: as the loader of a machine with these few would say."""

import msgspec
import pytest

from sparkferry.base.elf import read_elf
from sparkferry.layers.libraries.model import Binary, PackageLibraries
from sparkferry.layers.libraries.resolve import missing
from support.elves import ARM64, make_elf


class Machine(msgspec.Struct, frozen=True):
    names: frozenset[str] = frozenset()
    newest: dict[str, tuple[int, ...]] = {}

    def has(self, library, search):
        return library in self.names or any(f"{x}/{library}" in self.names for x in search)


def package(name="a", **files):
    binaries = tuple(
        Binary(path=path.replace("__", "/"), elf=read_elf(make_elf(**what)))
        for path, what in files.items()
    )
    return PackageLibraries(package=name, version="1.0", binaries=binaries)


def lacks(*packages, names=(), optional=(), **newest):
    machine = Machine(frozenset(names), newest)
    found = missing(packages, "linux/amd64", machine, optional)
    return [(x.package, x.library, x.files) for x in found]


def test_a_library_that_is_nowhere_is_named_once_with_all_files():
    one = package(b={"needed": ["libpq.so.5", "libc.so.6"]}, a={"needed": ["libpq.so.5"]})
    assert lacks(one) == [("a 1.0", "libpq.so.5", ("a", "b"))]
    assert lacks(one, names=["libpq.so.5"]) == []


def test_glibcs_own_libraries_are_everywhere():
    names = ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "ld-linux-x86-64.so.2"]
    assert lacks(package(x={"needed": names})) == []
    assert lacks(package(x={"needed": ["libcrypt.so.1"]}))


def test_libraries_of_any_package_count_by_file_name_and_by_soname():
    needs = package("a", a__x={"needed": ["libcublas.so.12", "libown-3f2.so.1"]})
    brings = package("nvidia", lib__blas={"soname": "libcublas.so.12"})
    renamed = package("b", **{"b.libs__libown-3f2.so.1": {"soname": ""}})
    assert lacks(needs, brings, renamed) == []
    assert [x[1] for x in lacks(needs, brings)] == ["libown-3f2.so.1"]


def test_a_library_for_another_machine_is_no_answer_and_needs_nothing():
    other = package("b", **{"libx.so.1": {"machine": ARM64, "needed": ["libodd.so.1"]}})
    assert [x[1] for x in lacks(package(x={"needed": ["libx.so.1"]}), other)] == ["libx.so.1"]


def test_absolute_search_paths_and_names_are_looked_up_as_they_are():
    far = package(x={"needed": ["libfar.so.1"], "runpath": "$ORIGIN/../lib:/opt/far/lib/"})
    assert lacks(far, names=["/opt/far/lib/libfar.so.1"]) == []
    whole = package(x={"needed": ["/opt/odd/libodd.so"]})
    assert lacks(whole, names=["/opt/odd/libodd.so"]) == []
    assert [x[1] for x in lacks(whole, names=["libodd.so"])] == ["/opt/odd/libodd.so"]


@pytest.mark.parametrize("needed", ["./libnear.so", "$ORIGIN/libnear.so"])
def test_relative_names_are_looked_up_without_their_directory(needed):
    one = package(x={"needed": [needed]}, **{"libnear.so": {}})
    assert lacks(one) == []
    assert lacks(package(x={"needed": [needed]})) != []


def test_the_driver_of_a_graphics_card_is_the_machines():
    needed = ["libcuda.so.1", "libnvidia-ml.so.1"]
    assert lacks(package(x={"needed": needed})) == []
    assert lacks(package(x={"needed": ["libcudart.so.12"]})) != []


def test_libraries_without_which_packages_do_are_not_missing():
    assert lacks(package("numba", x={"needed": ["libtbb.so.12"]})) == []
    assert lacks(package("other", x={"needed": ["libtbb.so.12"]})) != []
    odd = package(x={"needed": ["libodd.so.1"]})
    assert lacks(odd, optional=["libodd.so.1"]) == []


def test_newer_symbols_than_the_place_has_are_told_with_both_versions():
    new = package(
        x={
            "versions": ["GLIBC_2.17", "GLIBC_2.38", "GLIBC_PRIVATE"],
            "asks": {"libstdc++.so.6": ["GLIBCXX_3.4.9", "GLIBCXX_3.4.32", "CXXABI_1.3"]},
        }
    )
    machine = Machine(newest={"GLIBC": (2, 36), "GLIBCXX": (3, 4, 30), "CXXABI": (1, 3, 13)})

    found = missing((new,), "linux/amd64", machine)

    assert [(x.library, x.version, x.has) for x in found] == [
        ("libc.so.6", "GLIBC_2.38", "GLIBC_2.36"),
        ("libstdc++.so.6", "GLIBCXX_3.4.32", "GLIBCXX_3.4.30"),
    ]
    assert missing((new,), "linux/amd64", Machine(newest={"GLIBC": (2, 38)})) == ()


def test_versions_are_asked_of_the_packages_own_library_if_it_brings_one():
    new = package(
        x={"asks": {"libstdc++.so.6": ["GLIBCXX_3.4.99"]}},
        **{"libstdc++.so.6": {"defines": ["GLIBCXX_3.4.99"]}},
    )
    assert lacks(new, GLIBCXX=(3, 4, 30)) == []
