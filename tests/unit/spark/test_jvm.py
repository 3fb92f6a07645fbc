import shlex
from pathlib import Path

import pytest

from sparkferry.spark.java import Java
from sparkferry.spark.jvm import DELAY_C2, Jvm, can_archive, joined, launcher_environ

JAVA = Java(home=Path("/jdk"), build="17.0.1+1", feature=17)


def test_a_virtual_machine_leaves_nothing_behind():
    assert Jvm(java=JAVA, temporary=Path("/tmp/x")).options() == (
        "-XX:-UsePerfData",
        "-Djava.io.tmpdir=/tmp/x",
    )


def test_an_archive_that_does_not_fit_is_ignored_without_a_word():
    options = Jvm(java=JAVA, class_data=Path("/cache/a.jsa"), delay_c2=True).options()
    assert options[:3] == ("-XX:-UsePerfData", "-XX:SharedArchiveFile=/cache/a.jsa", "-Xshare:auto")
    assert "-Xlog:disable" in options
    assert options[-len(DELAY_C2) :] == DELAY_C2


@pytest.mark.parametrize(("feature", "can"), [(8, False), (11, False), (17, True), (25, True)])
def test_old_javas_cannot_archive(feature, can):
    assert can_archive(Java(home=Path("/jdk"), build="", feature=feature)) is can


def test_options_with_spaces_and_quotes_stay_whole():
    options = ("-Da=b c", '-Dq="x"', "-Dp=\\", "-Dplain=1")
    text = joined(options)
    assert text.endswith(" -Dplain=1")
    assert tuple(shlex.split(text)) == options


def test_the_launcher_gets_no_path_that_it_would_split():
    assert "/cache/l.jsa" in launcher_environ(Path("/cache/l.jsa"))["SPARK_LAUNCHER_OPTS"]
    for archive in (None, Path("/my cache/l.jsa")):
        assert "SharedArchiveFile" not in launcher_environ(archive)["SPARK_LAUNCHER_OPTS"]
