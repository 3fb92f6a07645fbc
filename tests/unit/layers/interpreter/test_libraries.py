import pytest

from sparkferry.base.elf import read_elf
from sparkferry.layers.interpreter.libraries import Loader, bundled, link, system_libraries
from support.elves import ARM64, make_elf


@pytest.fixture
def place(tmp_path):
    def write(name, **what):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(make_elf(**what))
        return path

    return write


@pytest.fixture
def loader(tmp_path):
    return Loader(tmp_path / "lib", "linux/amd64", system=False)


def test_glibc_itself_is_never_bundled():
    elf = read_elf(make_elf(needed=["libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "libz.so.1"]))

    assert bundled(elf) == ("libz.so.1",)


def test_follows_what_libraries_need_themselves(place, loader):
    program = place("bin/python3.12", needed=["libssl.so.3"])
    ssl = place("lib/libssl.so.3", needed=["libcrypto.so.3"])
    crypto = place("lib/libcrypto.so.3", needed=["libssl.so.3", "libc.so.6"])

    linked = link([program], loader.find)

    assert linked.libraries == {"libssl.so.3": ssl, "libcrypto.so.3": crypto}
    assert list(linked.files) == [program]


def test_module_that_lacks_a_library_is_told_apart(place, loader):
    place("lib/libtcl.so", needed=["libX11.so.6"])
    good, bad = place("good.so", needed=["libc.so.6"]), place("bad.so", needed=["libtcl.so"])

    linked = link([good, bad], loader.find)

    assert list(linked.files) == [good]
    assert linked.missing == {bad: "libX11.so.6"}
    assert linked.libraries == {}


def test_installations_own_library_comes_before_the_recorded_search_path(place, loader, tmp_path):
    own = place("lib/liba.so")
    place("old/liba.so")
    program = place("bin/python", needed=["liba.so"], runpath=str(tmp_path / "old"))

    assert link([program], loader.find).libraries == {"liba.so": own}


def test_search_path_is_relative_to_the_file_that_asks(place, loader):
    wanted = place("vendor/liba.so")
    module = place("modules/a.so", needed=["liba.so"], runpath="$ORIGIN/../vendor")

    assert link([module], loader.find).libraries == {"liba.so": wanted}


def test_library_of_another_platform_is_no_answer(place, loader):
    place("lib/liba.so", machine=ARM64)
    module = place("a.so", needed=["liba.so"])

    assert link([module], loader.find).missing == {module: "liba.so"}


def test_library_path_of_the_environment_counts_for_this_machine_only(place, tmp_path, monkeypatch):
    monkeypatch.setenv("LD_LIBRARY_PATH", f":{tmp_path / 'extra'}")
    extra = place("extra/libodd.so")
    module = place("a.so", needed=["libodd.so"])

    here = Loader(tmp_path / "lib", "linux/amd64", system=True)
    elsewhere = Loader(tmp_path / "lib", "linux/amd64", system=False)

    assert link([module], here.find).libraries == {"libodd.so": extra}
    assert link([module], elsewhere.find).missing == {module: "libodd.so"}


def test_system_knows_its_own_glibc():
    assert system_libraries()["libc.so.6"]


def test_refuses_what_is_no_elf_file(tmp_path, loader):
    (tmp_path / "script.so").write_text("INPUT(libncurses.so.6)")

    with pytest.raises(ValueError, match="not a 64-bit"):
        link([tmp_path / "script.so"], loader.find)
