import pytest

from sparkferry.layers.environment import full_version, host_glibc, markers, tags_of, wheel_tags
from sparkferry.layers.model import Environment


def environment(python="3.12", platform="linux/amd64", glibc=(2, 31)) -> Environment:
    return Environment(python=python, platform=platform, glibc=glibc)


def suits(filename: str, where: Environment) -> bool:
    return not tags_of(filename).isdisjoint(wheel_tags(where))


@pytest.mark.parametrize(
    ("tag", "fits"),
    [
        ("py3-none-any", True),
        ("py2.py3-none-any", True),
        ("cp312-cp312-manylinux_2_31_x86_64", True),
        ("cp312-cp312-manylinux_2_32_x86_64", False),
        ("cp312-cp312-manylinux_2_27_x86_64.manylinux_2_34_x86_64", True),
        ("cp312-cp312-manylinux1_x86_64", True),
        ("cp312-cp312-manylinux2010_x86_64", True),
        ("cp312-cp312-manylinux2014_x86_64", True),
        ("cp312-cp312-linux_x86_64", True),
        ("cp312-cp312-manylinux_2_17_aarch64", False),
        ("cp39-abi3-manylinux_2_17_x86_64", True),
        ("cp313-abi3-manylinux_2_17_x86_64", False),
        ("cp311-cp311-manylinux_2_17_x86_64", False),
        ("cp312-cp312t-manylinux_2_17_x86_64", False),
        ("cp312-cp312-musllinux_1_2_x86_64", False),
        ("cp312-none-any", True),
        ("cp312-cp312-macosx_11_0_arm64", False),
    ],
)
def test_wheels_that_suit(tag, fits):
    assert suits(f"a-1-{tag}.whl", environment()) is fits


def test_wheels_of_the_other_architecture():
    where = environment(platform="linux/arm64")
    assert suits("a-1-cp312-cp312-manylinux2014_aarch64.whl", where)
    assert not suits("a-1-cp312-cp312-manylinux_2_12_aarch64.whl", where)


def test_what_is_no_wheel_has_no_tags():
    assert tags_of("nonsense") == frozenset()


def test_markers_tell_the_target_and_not_the_host():
    values = markers(environment(python="3.13.2", platform="linux/arm64"))
    assert values["python_version"] == "3.13"
    assert values["python_full_version"] == values["implementation_version"] == "3.13.2"
    assert values["platform_machine"] == "aarch64"


def test_a_minor_version_counts_as_its_newest_patch():
    assert full_version(environment(python="3.12")) > "3.12.4"


def test_the_host_has_a_glibc():
    assert host_glibc() is None or host_glibc()[0] == 2


@pytest.mark.parametrize(
    ("said", "expected"),
    [("glibc 2.36", (2, 36)), ("glibc 2.17.9000", (2, 17)), (None, None), ("musl 1.2", None)],
)
def test_versions_of_glibc(monkeypatch, said, expected):
    monkeypatch.setattr("os.confstr", lambda _: said)
    assert host_glibc() == expected


def test_a_system_that_does_not_know_glibc(monkeypatch):
    def unknown(_: str) -> str:
        raise ValueError("unrecognized configuration name")

    monkeypatch.setattr("os.confstr", unknown)
    assert host_glibc() is None
