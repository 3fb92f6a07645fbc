"""What is remembered of a machine that has every library."""

import pytest

from sparkferry.files import sha256_file
from sparkferry.layers.libraries.here import findings_here
from sparkferry.layers.libraries.model import PackageLibraries
from sparkferry.layers.libraries.payload import Payload
from sparkferry.layers.model import Environment, Wheel
from sparkferry.project.model import Packages
from support.elves import AMD64, ARM64, HERE, make_elf
from support.wheels import make_wheel

PLATFORM = {AMD64: "linux/amd64", ARM64: "linux/arm64"}[HERE]


@pytest.fixture
def installed(tmp_path):
    """Return a library of this machine."""
    library = tmp_path / "installed" / "libodd.so.7"
    library.parent.mkdir()
    library.write_bytes(make_elf(machine=HERE))
    return library


@pytest.fixture
def said(cache, tmp_path, installed):
    """Return what is said of a wheel that needs that library."""
    needs = make_elf(machine=HERE, needed=["libodd.so.7"], runpath=str(installed.parent))
    path = make_wheel(tmp_path, "odd", files={"odd/__init__.py": b"", "odd/a.so": needs})
    wheel = Wheel(
        name="odd", version="1.0", filename=path.name, sha256=sha256_file(path), path=path
    )

    def say(interpreter=(), glibc=(2, 36)):
        payload = Payload(
            wheels=(wheel,),
            code=PackageLibraries(package="", version="", binaries=()),
            settings=Packages(),
            platform=PLATFORM,
        )
        environment = Environment(python="3.12", platform=PLATFORM, glibc=glibc)
        return findings_here(payload, frozenset(interpreter), environment, cache)

    return say


def test_what_is_complete_is_looked_at_once(said, installed, monkeypatch):
    assert said() == ()
    monkeypatch.setattr("sparkferry.layers.libraries.check.library_findings", None)
    assert said() == ()


def test_a_library_that_was_removed_is_missed(said, installed):
    assert said() == ()
    installed.unlink()
    (only,) = said()
    assert "needs `libodd.so.7`" in str(only)


def test_what_is_missing_is_looked_for_again(said, installed):
    content = installed.read_bytes()
    installed.unlink()
    assert said()
    installed.write_bytes(content)
    assert said() == ()


def test_a_library_that_is_of_another_machine_now_is_missed(said, installed):
    assert said() == ()
    installed.write_bytes(make_elf(machine=AMD64 if HERE == ARM64 else ARM64, needed=["x"]))
    assert said()
