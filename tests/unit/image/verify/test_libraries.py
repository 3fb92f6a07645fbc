"""Libraries that packages of an image need: found, or named with package, file and Debian package."""

from dataclasses import replace

import pytest

from sparkferry.image.model import LIBRARIES_LABEL
from support.elves import ARM64, make_elf
from support.sound_images import DATAPROC, LIB, SPARK, SoundImage
from support.tars import Member, hardlink, member, symlink

PACKAGES = "opt/sparkferry/packages"
SITE = "opt/conda/lib/python3.12/site-packages"
RECORD = b'odd/a.so,sha256=x,3\n"odd/b,c.so",,\nodd-1.0.dist-info/RECORD,,\n'
NEEDS = make_elf(needed=["libodd.so.7", "libc.so.6"])


def package(content: bytes = NEEDS, place: str = PACKAGES) -> tuple[tuple[Member, bytes], ...]:
    return (
        member(f"{place}/odd/a.so", content),
        member(f"{place}/Odd_Lib-1.0.dist-info/RECORD", RECORD),
    )


def libraries(sound: SoundImage) -> list[str]:
    return [said for said in sound.said() if "cannot be loaded" in said or "damaged" in said]


@pytest.mark.parametrize("sound", [DATAPROC, SPARK], ids=lambda x: x.kind)
@pytest.mark.parametrize("place", [PACKAGES, SITE, "usr/lib/python3/dist-packages"])
def test_a_library_that_is_nowhere_is_an_error_with_its_package(sound, place):
    broken = sound.having(*package(place=place))
    (only,) = (x for x in broken.findings() if "libodd" in x.message)
    assert str(only) == (
        f"error: `/{place}/odd/a.so` of odd-lib 1.0 needs `libodd.so.7`, which neither a package nor "
        "the image has: it cannot be loaded"
    )
    assert "`libodd7`" in (only.hint or "")
    assert "optional-libraries" in (only.hint or "")


@pytest.mark.parametrize(
    "there",
    [
        (member(f"{LIB}/libodd.so.7", make_elf()),),
        (member(f"{LIB}/libodd.so.7.1", make_elf()), symlink(f"{LIB}/libodd.so.7", "libodd.so.7.1")),
        (member("srv/x", make_elf()), symlink("usr/lib/libodd.so.7", "/srv/x")),
        (member("srv/x", make_elf()), hardlink("usr/lib/libodd.so.7", "srv/x")),
        (member(f"{PACKAGES}/brings.libs/libodd.so.7", make_elf()),),
        (member(f"{PACKAGES}/brings/any.so", make_elf(soname="libodd.so.7")),),
        (
            member("opt/odd/lib/libodd.so.7", make_elf()),
            member("etc/ld.so.conf", b"include /etc/ld.so.conf.d/*.conf\n"),
            member("etc/ld.so.conf.d/odd.conf", b"/opt/odd/lib\n"),
        ),
        (
            member("opt/sparkferry/python/lib/libodd.so.7", make_elf()),
            member("opt/sparkferry/python/lib/python3.12/os.py", b""),
        ),
    ],
    ids=[
        "file", "link", "absolute link", "hard link", "wheel", "soname", "ld.so.conf", "interpreter",
    ],
)  # fmt: skip
def test_libraries_are_found_where_the_loader_looks(there):
    assert libraries(DATAPROC.having(*package(), *there)) == []


@pytest.mark.parametrize(
    "there",
    [
        (symlink(f"{LIB}/libodd.so.7", "libodd.so.7.1"),),
        (member("srv/libodd.so.7", make_elf()),),
        (member(f"{PACKAGES}/brings/libodd.so.7", make_elf(machine=ARM64)),),
    ],
    ids=["dangling link", "elsewhere", "another machine"],
)
def test_what_the_loader_does_not_take_is_no_answer(there):
    assert len(libraries(DATAPROC.having(*package(), *there))) == 1


def test_search_paths_of_files_and_of_the_environment():
    near = package(make_elf(needed=["libodd.so.7"], runpath="$ORIGIN/../../../.."), SITE)
    far = package(make_elf(needed=["libodd.so.7"], runpath="/srv/lib"))
    conda = member("opt/conda/lib/libodd.so.7", make_elf())
    srv = member("srv/lib/libodd.so.7", make_elf())

    assert libraries(DATAPROC.having(*near, conda)) == []
    assert libraries(DATAPROC.having(*far, srv)) == []
    assert len(libraries(DATAPROC.having(*package(), srv))) == 1
    assert libraries(DATAPROC.having(*package(), srv).env(LD_LIBRARY_PATH="/srv/lib")) == []


def test_a_library_that_a_later_layer_deletes_is_not_there():
    sound = DATAPROC.having(*package(), member(f"{LIB}/libodd.so.7", make_elf()))
    assert len(libraries(sound.above(member(f"{LIB}/.wh.libodd.so.7", b"")))) == 1


def test_symbols_that_the_images_own_libraries_are_too_old_for():
    system = (
        member(f"{LIB}/libc.so.6", make_elf(defines=["GLIBC_2.17", "GLIBC_2.36"])),
        member(f"{LIB}/libstdc++.so.6.0.30", make_elf(defines=["GLIBCXX_3.4.30"])),
        symlink(f"{LIB}/libstdc++.so.6", "libstdc++.so.6.0.30"),
    )
    cpp = {"libstdc++.so.6": ["GLIBCXX_3.4.32"]}
    new = package(make_elf(versions=["GLIBC_2.38"], asks=cpp))
    old = package(make_elf(versions=["GLIBC_2.36"]))

    assert libraries(DATAPROC.having(*old, *system)) == []
    assert libraries(DATAPROC.having(*new)) == []  # nothing is known of its C library
    first, second = libraries(DATAPROC.having(*new, *system))
    assert "needs `GLIBC_2.38` of `libc.so.6`, and the image has `GLIBC_2.36`" in first
    assert (
        "needs `GLIBCXX_3.4.32` of `libstdc++.so.6`, and the image has `GLIBCXX_3.4.30`" in second
    )


def test_a_damaged_library_is_a_warning():
    (only,) = libraries(DATAPROC.having(*package(NEEDS[:100])))
    assert only.startswith(f"warning: `/{PACKAGES}/odd/a.so` of odd-lib 1.0 is damaged")


def test_a_label_names_libraries_without_which_packages_do():
    labels = {"Labels": {LIBRARIES_LABEL: "libodd.so.7 libeven.so.2"}}
    assert libraries(DATAPROC.having(*package()).running(**labels)) == []


def test_files_outside_of_packages_are_not_asked():
    assert libraries(DATAPROC.having(member("usr/lib/tool/a.so", NEEDS))) == []


def test_an_image_for_another_platform_is_asked_for_its_own():
    arm = replace(SPARK, more={"architecture": "arm64"})
    other = package(make_elf(machine=ARM64, needed=["libodd.so.7"]))
    assert len(libraries(arm.having(*other))) == 1
    assert libraries(SPARK.having(*other)) == []
