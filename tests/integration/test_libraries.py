"""Shared libraries that wheels need: what `check`, `pack`, `image build` and `image verify` say."""

import json
import shutil

import pytest

from sparkferry.cli.main import invoke
from support.debian import make_deb
from support.debian_mirror import DebianMirror
from support.elves import HERE, MACHINE, make_elf
from support.laptop import edit
from support.projects import Laptop
from support.wheels import make_wheel

LIB = "usr/lib/x86_64-linux-gnu"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]):
    """Run a command that must end with ``code``; return all that it prints."""

    def run(*arguments: str, code: int = 0) -> str:
        capsys.readouterr()
        ended = invoke(list(arguments))
        printed = capsys.readouterr()
        assert ended == code, printed.err
        return printed.out + printed.err

    return run


def depend(laptop: Laptop, name: str = "odd", **elf: object) -> None:
    """Depend on a wheel with one shared object, and lock."""
    content = make_elf(machine=HERE, **elf)
    files = {f"{name}/__init__.py": b"", f"{name}/need.so": content}
    tag = f"py3-none-manylinux_2_17_{MACHINE}"
    make_wheel(laptop.index.directory, name, tag=tag, files=files)
    edit(laptop.root / "pyproject.toml", "['alpha'", f"['alpha', '{name}'")
    laptop.uv("lock")


def test_pack_and_check_name_what_this_machine_lacks(demo, said):
    depend(demo, needed=["libodd.so.7", "libc.so.6"])
    unfetched = said("check")
    assert "not looked at before they are packed: shared libraries of odd" in unfetched
    assert "0 errors, 0 warnings" in unfetched

    for command in ("pack", "check"):
        printed = said(command)
        assert "warning: `odd/need.so` of odd 1.0 needs `libodd.so.7`, which neither a" in printed
        assert "`libodd7`" in printed

    quiet = said("pack", "-o", 'packages.optional-libraries=["libodd.so.7"]')
    assert "libodd" not in quiet


def test_check_sees_wheels_that_the_lock_names_by_their_path(demo, said):
    tag = f"py3-none-linux_{MACHINE}"
    files = {"odd/need.so": make_elf(machine=HERE, needed=["libodd.so.7"])}
    wheel = make_wheel(demo.root, "odd", tag=tag, files=files)
    edit(demo.root / "pyproject.toml", "['alpha'", "['alpha', 'odd'")
    pyproject = demo.root / "pyproject.toml"
    source = f'\n[tool.uv.sources]\nodd = {{ path = "{wheel.name}" }}\n'
    pyproject.write_text(pyproject.read_text() + source)
    demo.uv("lock")

    assert "needs `libodd.so.7`" in said("check")


def test_libraries_of_the_projects_own_code_are_asked_too(demo, said):
    own = demo.root / "src/demo/native.so"
    own.write_bytes(make_elf(machine=HERE, needed=["libodd.so.7"]))
    assert "warning: `demo/native.so` needs `libodd.so.7`, which neither a package" in said("pack")
    (demo.root / "src/demo/libodd.so.7").write_bytes(make_elf(machine=HERE))
    assert "libodd" not in said("pack")


@pytest.fixture
def image_project(demo: Laptop, own_debian_mirror: DebianMirror) -> Laptop:
    """The project with settings of images, upon a mirror that has a package with a library."""
    files = {
        f"{LIB}/libodd.so.7.1": make_elf(soname="libodd.so.7"),
        f"{LIB}/libodd.so.7": ("link", "libodd.so.7.1"),
    }
    odd = make_deb(own_debian_mirror.directory, "libodd7t64", files)
    own_debian_mirror.publish([*own_debian_mirror.debs, odd])
    path = demo.root / "pyproject.toml"
    path.write_text(f"{path.read_text()}\n{own_debian_mirror.settings}")
    return demo


def test_an_image_without_a_library_is_built_with_a_warning_and_not_verified(image_project, said):
    depend(image_project, needed=["libodd.so.7", "libc.so.6"])
    built = said("image", "build", "--oci", "image")
    assert (
        "warning: `odd/need.so` of odd 1.0 needs `libodd.so.7`, which neither a package nor"
        in built
    )
    assert '`packages = ["libodd7t64"]`' in built
    verified = said("image", "verify", "image", code=2)
    assert (
        "error: `/opt/sparkferry/packages/odd/need.so` of odd 1.0 needs `libodd.so.7`" in verified
    )
    assert "linux/amd64 is not what `dataproc` promises" in verified


def test_the_package_that_is_named_mends_it(image_project, said):
    depend(image_project, needed=["libodd.so.7", "libc.so.6"])
    mend = ("-o", 'image.packages=["libodd7t64"]')
    assert "libodd" not in said("image", "build", "--oci", "image", *mend)
    assert "cannot be loaded" not in said("image", "verify", "image", code=2)  # a made-up Python


def test_a_library_without_which_the_package_does_is_neither_warning_nor_error(image_project, said):
    depend(image_project, needed=["libodd.so.7"])
    mend = ("-o", 'packages.optional-libraries=["libodd.so.7"]')
    assert "libodd" not in said("image", "build", "--oci", "image", *mend)
    assert "cannot be loaded" not in said("image", "verify", "image", code=2)


def test_a_glibc_newer_than_the_images_is_named(image_project, said):
    depend(image_project, versions=["GLIBC_2.38"], needed=["libc.so.6"])
    built = said("image", "build")
    assert "needs `GLIBC_2.38` of `libc.so.6`, and the image has `GLIBC_2.36`" in built


def test_an_unknown_package_and_a_mirror_out_of_reach_are_told_as_they_are(
    image_project, said, own_debian_mirror
):
    depend(image_project, needed=["libodd.so.7", "libnone.so.1"])
    built = said("image", "build")
    assert "see `apt-file search libnone.so.1`" in built
    shutil.rmtree(own_debian_mirror.archive.directory / "dists")
    again = said("image", "build")
    assert '`packages = ["libodd7t64"]`' in again  # remembered
    assert "which should be `libnone1`" in again


def test_libraries_are_known_of_an_image_whose_layers_were_remembered(image_project, said):
    depend(image_project, needed=["libodd.so.7"])
    first, second = said("image", "build", "--json"), said("image", "build", "--json")
    assert "libodd" in first
    assert "libodd" in second
    made = json.loads(second[: second.rindex("}") + 1])["images"][0]["layers"]
    assert {layer["made"] for layer in made} == {"cached"}
