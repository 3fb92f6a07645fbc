from pathlib import Path

import pytest

from sparkferry.errors import UserError
from sparkferry.spark.java import Java, find_java, installed, read_java
from sparkferry.spark.versions import LINES

NOWHERE = {"PATH": "/nowhere"}


def make_java(home: Path, version: str, release: str | None = None) -> Path:
    """Write a Java that says its version as the real one does; ``release`` is its file of that name."""
    program = home / "bin/java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2026-01-01' >&2\n")
    program.chmod(0o755)
    if release is not None:
        (home / "release").write_text(release)
    return home


def test_the_release_file_tells_without_starting_java(tmp_path):
    home = make_java(
        tmp_path / "jdk", "0", 'JAVA_VERSION="21.0.2"\nJAVA_RUNTIME_VERSION="21.0.2+13-LTS"\n'
    )
    assert read_java(home) == Java(home=home, build="21.0.2+13-LTS", feature=21)


@pytest.mark.parametrize(
    ("version", "feature"), [("17.0.15", 17), ("1.8.0_402", 8), ("25-ea", 25), ("11", 11)]
)
def test_java_is_asked_where_it_has_no_release_file(tmp_path, version, feature):
    home = make_java(tmp_path / "jdk", version)
    assert read_java(home) == Java(home=home, build=version, feature=feature)


def test_what_is_no_java_is_none(tmp_path):
    assert read_java(tmp_path) is None
    silent = make_java(tmp_path / "silent", "1")
    (silent / "bin/java").write_text("#!/bin/sh\n")
    assert read_java(silent) is None
    (silent / "bin/java").write_text("\0")
    assert read_java(silent) is None


def test_java_home_wins(tmp_path):
    home = make_java(tmp_path / "17", "17.0.1")
    make_java(tmp_path / "21", "21.0.1")
    environ = {"JAVA_HOME": str(home), "PATH": str(tmp_path / "21/bin")}
    assert find_java(LINES["4.0"], environ, ()).feature == 17


def test_a_java_home_of_the_wrong_version_is_an_error_that_names_the_right_one(tmp_path):
    home = make_java(tmp_path / "8", "1.8.0_1")
    with pytest.raises(
        UserError, match=r"it is Java 8, and Spark 4\.0 runs on Java 17 or 21"
    ) as raised:
        find_java(LINES["4.0"], {"JAVA_HOME": str(home)}, ())
    assert "openjdk-17-jre-headless" in (raised.value.hint or "")


def test_a_java_home_without_java_is_an_error(tmp_path):
    with pytest.raises(UserError, match="there is no `bin/java` in it"):
        find_java(LINES["4.0"], {"JAVA_HOME": str(tmp_path)}, ())


def test_the_java_on_path_is_used_although_there_is_a_newer_one(tmp_path):
    make_java(tmp_path / "jdks/21", "21.0.1")
    home = make_java(tmp_path / "17", "17.0.1")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/java").symlink_to(home / "bin/java")
    found = find_java(LINES["4.0"], {"PATH": str(tmp_path / "bin")}, (f"{tmp_path}/jdks/*",))
    assert found.home == home


def test_the_newest_that_fits_is_found_where_installers_put_it(tmp_path):
    for version in ("11.0.1", "17.0.1", "21.0.1", "24"):
        make_java(tmp_path / f"jdk-{version}", version)
    found = find_java(LINES["4.0"], NOWHERE, (f"{tmp_path}/jdk-*", f"{tmp_path}/none/*"))
    assert found.feature == 21


def test_home_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    make_java(tmp_path / ".jdks/17", "17.0.1")
    assert [java.feature for java in installed(("~/.jdks/*",))] == [17]


def test_no_java_at_all_is_an_error(tmp_path):
    with pytest.raises(UserError, match="there is no Java"):
        find_java(LINES["4.3"], NOWHERE, ())


def test_only_wrong_javas_are_named(tmp_path):
    make_java(tmp_path / "11", "11.0.1")
    old = make_java(tmp_path / "old", "1.8.0")
    with pytest.raises(UserError, match="only Java 11, 8 is installed") as raised:
        find_java(LINES["4.2"], {"PATH": f"{old}/bin"}, (f"{tmp_path}/11",))
    assert "17, 21 or 25" in (raised.value.hint or "")
