"""Closures over made-up indices; nothing is fetched."""

import pytest

from sparkferry.errors import UserError
from sparkferry.image.debian.ignored_depends import CUTS, reason_of_cut
from sparkferry.image.debian.index import Index, Package
from sparkferry.image.debian.model import Installed, PackageRequest
from sparkferry.image.debian.resolver import resolve
from sparkferry.image.sets import BASE, base_seeds


def package(name, version="1", **fields):
    values = {
        "architecture": "amd64", "depends": "", "provides": "", "conflicts": "",
        "priority": "optional", "path": f"pool/{name}_{version}.deb", "size": 1, "sha256": "00",
    }  # fmt: skip
    return Package(name=name, version=version, **{**values, **fields})


def names(seeds, *packages, installed=(), security=()):
    wish = PackageRequest(suite="trixie", architecture="amd64", seeds=seeds, installed=installed)
    indices = [
        Index(archive="main", packages=packages),
        Index(archive="security", packages=tuple(security)),
    ]
    return [f"{p.name}" for p in resolve(wish, indices).packages]


def base(name, version="1", provides=""):
    return Installed(name=name, version=version, architecture="amd64", provides=provides)


def test_dependencies_come_before_those_that_need_them():
    found = names(
        ("a",), package("a", depends="b, c"), package("b", depends="c"), package("c"), package("x")
    )
    assert found == ["c", "b", "a"]


def test_cycles_end():
    assert sorted(names(("a",), package("a", depends="b"), package("b", depends="a"))) == ["a", "b"]


def test_the_newest_of_all_archives_is_taken():
    wish = PackageRequest(suite="trixie", architecture="amd64", seeds=("a", "b"))
    lock = resolve(
        wish,
        [
            Index(archive="main", packages=(package("a", "1.0-9"), package("b", "2"))),
            Index(archive="security", packages=(package("a", "1.0-10"), package("b", "2"))),
        ],
    )
    assert [(item.version, item.archive) for item in lock.packages] == [
        ("1.0-10", "security"), ("2", "main"),
    ]  # fmt: skip
    assert lock.seeds == ("a", "b")
    assert lock.packages[0].file == "a_1.0-10.deb"


def test_packages_of_other_architectures_do_not_count():
    assert names(("a",), package("a"), package("a", "2", architecture="arm64")) == ["a"]
    with pytest.raises(UserError, match="none of this name for amd64"):
        names(("b",), package("b", architecture="arm64"))


def test_the_first_alternative_is_taken():
    assert names(("a",), package("a", depends="b | c"), package("b"), package("c")) == ["b", "a"]


def test_an_alternative_that_is_needed_anyway_is_enough():
    found = names(
        ("a",),
        package("a", depends="b | c, d"),
        package("b"),
        package("c"),
        package("d", depends="c"),
    )
    assert "b" not in found


def test_an_alternative_that_does_not_exist_is_passed_over():
    assert names(("a",), package("a", depends="b | c"), package("c")) == ["c", "a"]


def test_a_virtual_package_is_provided_by_the_one_of_the_highest_priority():
    found = names(
        ("a",),
        package("a", depends="awk"),
        package("gawk", provides="awk"),
        package("mawk", provides="awk", priority="required"),
    )
    assert found == ["mawk", "a"]


def test_a_version_is_satisfied_by_a_provider_with_a_version():
    found = names(
        ("a",),
        package("a", depends="v (>= 2)"),
        package("b", provides="v"),
        package("c", provides="v (= 1)"),
        package("d", provides="v (= 2)"),
    )
    assert found == ["d", "a"]


def test_a_package_whose_version_does_not_do_gives_way_to_a_provider():
    found = names(
        ("a",),
        package("a", depends="v (>= 2)"),
        package("v", "1"),
        package("w", provides="v (= 2)"),
    )
    assert found == ["w", "a"]


def test_what_the_base_has_is_not_locked():
    packages = (package("a", depends="b, c, awk"), package("b"), package("c"), package("awk"))
    assert names(("a",), *packages, installed=(base("b"), base("m", provides="awk"))) == ["c", "a"]


def test_a_seed_that_the_base_has_is_not_locked_even_if_no_archive_has_it():
    assert names(("own",), installed=(base("own"),)) == []


def test_what_is_too_old_in_the_base_is_locked_in_its_place():
    packages = (package("a", depends="b (>= 2)"), package("b", "2"))
    assert names(("a",), *packages, installed=(base("b", "1"),)) == ["b", "a"]


def test_qualifiers_of_the_architecture():
    packages = (package("a", depends="b:any, c:amd64"), package("b"), package("c"))
    assert sorted(names(("a",), *packages)) == ["a", "b", "c"]
    with pytest.raises(UserError, match="depends on `b:i386`"):
        names(("a",), package("a", depends="b:i386"), package("b"))


def test_a_dependency_that_nobody_satisfies():
    with pytest.raises(UserError) as error:
        names(("a",), package("a", depends="b (>= 2) | c"), package("b", "1"))
    assert "`a` into the image: it depends on `b (>= 2) | c`" in error.value.message


def test_an_unknown_package_has_a_nearest_name():
    with pytest.raises(UserError, match="`procs`") as error:
        names(("procs",), package("procps"))
    assert "`procps`" in error.value.hint


@pytest.mark.parametrize("field", ["b", "b (<< 2)", "v"])
def test_packages_that_do_not_go_together(field):
    with pytest.raises(UserError, match="`a` into the image: it does not go together with `b`"):
        names(("a", "b"), package("a", conflicts=field), package("b", provides="v"))


def test_conflicts_with_other_versions_and_with_oneself_are_none():
    found = names(("a", "b"), package("a", provides="v", conflicts="v, b (<< 1)"), package("b"))
    assert found == ["a", "b"]


def test_a_conflict_with_the_base():
    with pytest.raises(UserError, match="with `b`"):
        names(("a",), package("a", conflicts="b"), installed=(base("b"),))


def test_what_only_maintainer_scripts_need_is_cut():
    packages = (
        package("ca-certificates", depends="openssl (>= 1), debconf (>= 0.5) | debconf-2.0"),
        package("openssl"),
        package("debconf"),
    )
    assert names(("ca-certificates",), *packages) == ["ca-certificates"]


def test_what_is_cut_can_be_asked_for():
    packages = (package("ca-certificates", depends="openssl"), package("openssl"))
    assert names(("ca-certificates", "openssl"), *packages) == ["ca-certificates", "openssl"]


def test_every_cut_and_every_seed_has_its_reason():
    assert all(reason for reason in (*CUTS.values(), *BASE.values()))
    assert reason_of_cut("openjdk-21-jre-headless", "util-linux")
    assert reason_of_cut("mount", "util-linux") is None
    assert base_seeds() == tuple(sorted(base_seeds()))
    assert not {"perl-base", "dpkg", "apt", "debconf"} & set(base_seeds())
