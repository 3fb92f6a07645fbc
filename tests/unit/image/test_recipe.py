import msgspec
import pytest

from sparkferry.errors import UserError
from sparkferry.image.provenance import Provenance
from sparkferry.image.recipe import BaseFacts, image_settings, recipe
from sparkferry.project.image_settings import ImageSettings
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.project.model import Project, Settings

UPON = BaseFacts(platform="linux/amd64", suite="bookworm", spark="4.0.5")


@pytest.fixture
def project(tmp_path):
    """Make a project with settings of an image."""

    def make(tier="dev", target=None, **image):
        settings = Settings(
            spark="4.0",
            image=ImageSettings(**image),
            targets={"local": LocalTarget(image=target)},
        )
        return Project(
            root=tmp_path, name="a", requires_python=">=3", dependencies=(), tier=tier,
            settings=settings, origins={},
        )  # fmt: skip

    return make


def made(project, upon=UPON, provenance=None, **changes):
    return recipe(project, msgspec.structs.replace(upon, **changes), provenance or Provenance())


def test_dataproc(project):
    found = made(project(kind="dataproc"))
    assert (found.spark, found.spark_groups, found.kind.java) == (None, (), ())
    assert {"procps", "tini", "libjemalloc2"} <= set(found.kind.packages)
    assert found.config.user == "1099:1099"
    assert found.config.env["LD_PRELOAD"] == "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"
    assert not [name for name in found.config.env if name.startswith(("JAVA", "SPARK", "JDK"))]


def test_spark(project):
    found = made(project())
    assert (found.spark, found.kind.java) == ("4.0.5", ("openjdk-17-jre-headless",))
    assert found.config.user == "185:0"
    assert found.config.env["SPARK_HOME"] == "/opt/spark"
    assert found.config.env["JAVA_HOME"] == "/usr/lib/jvm/java-17-openjdk-amd64"
    assert found.config.env["PYTHONPATH"] == "/opt/spark/python:/opt/spark/python/lib/py4j.zip"
    assert found.config.env["PATH"].split(":")[-1] == "/opt/spark/bin"
    assert "LD_PRELOAD" not in found.config.env
    assert {entry.path for entry in found.files} == {
        "home/spark", "opt/spark/work-dir", "opt/sparkferry/bin/entrypoint.sh",
    }  # fmt: skip


def test_spark_on_arm_and_on_trixie(project):
    found = made(project(), platform="linux/arm64", suite="trixie")
    assert found.config.env["JAVA_HOME"] == "/usr/lib/jvm/java-21-openjdk-arm64"
    with pytest.raises(UserError, match="runs on Java 8, 11, 17, and trixie has 21") as caught:
        made(project(), spark="3.5.9", suite="trixie")
    assert "`debian:bookworm`" in caught.value.hint


@pytest.mark.parametrize("kind", ["dataproc", "spark"])
def test_hashes_are_fixed_and_tools_are_found(project, kind):
    env = made(project(kind=kind)).config.env
    assert env["PYTHONHASHSEED"] == "0"
    assert env["PYSPARK_PYTHON"] == env["PYSPARK_DRIVER_PYTHON"]
    directory = env["PYSPARK_PYTHON"].rpartition("/")[0]
    assert directory in env["PATH"].split(":")


def test_only_prod_has_code_unless_the_settings_say_otherwise(project):
    assert not made(project()).has_code
    assert made(project("prod")).has_code
    assert made(project(code=True)).has_code
    assert not made(project("prod", code=False)).has_code


def test_the_user_s_numbers(project):
    found = made(project(uid=1000, gid=2000, user="me"))
    assert found.config.user == "1000:2000"
    assert (found.account.name, found.account.uid, found.account.gid) == ("me", 1000, 2000)
    owners = {(x.uid, x.gid) for x in found.files if x.kind == "directory"}
    assert owners == {(1000, 2000)}


def test_jars_logging_and_options(project):
    image = {
        "jars": ("lib/a.jar",),
        "log4j": "conf/log4j2.xml",
        "java_options": ("-Xss4m", "-Da=b c", '-Db="x"'),
    }
    env = made(project(**image)).config.env
    assert env["SPARK_DIST_CLASSPATH"] == "/opt/sparkferry/jars/*"
    assert env["JDK_JAVA_OPTIONS"] == (
        '-Dlog4j2.configurationFile=/opt/sparkferry/conf/log4j2.xml -Xss4m "-Da=b c" \'-Db="x"\''
    )
    on_dataproc = made(project(kind="dataproc", **image))
    assert on_dataproc.config.env["SPARK_EXTRA_CLASSPATH"] == "/opt/sparkferry/jars/*"
    assert [x.path for x in on_dataproc.files] == ["opt/sparkferry/conf/log4j2.xml"]
    with pytest.raises(UserError, match="both kinds of quotes"):
        made(project(java_options=("-Da=\"'",)))


def test_labels_and_time(project):
    commit = Provenance(created=1700000000, revision="c" * 40, source="https://a.example/b")
    found = made(project(labels={"team": "x"}), provenance=commit).config
    assert found.created == 1700000000
    labels = {k.removeprefix("org.opencontainers.image."): v for k, v in found.labels.items()}
    assert labels["created"] == "2023-11-14T22:13:20Z"
    assert (labels["revision"], labels["source"]) == ("c" * 40, "https://a.example/b")
    assert (labels["title"], labels["team"]) == ("a", "x")
    without = made(project()).config
    assert "org.opencontainers.image.revision" not in without.labels
    assert without.labels["org.opencontainers.image.created"] == "1980-01-01T00:00:00Z"


def test_what_the_base_says_lies_below(project):
    found = made(
        project(env={"LANG": "C"}),
        base_env={"LANG": "x", "GPG_KEY": "1"},
        base_labels={"vendor": "b"},
    )
    assert (found.config.env["LANG"], found.config.env["GPG_KEY"]) == ("C", "1")
    assert found.config.labels["vendor"] == "b"


def test_the_target_s_settings_are_those_that_count(project):
    target = ImageSettings(kind="dataproc")
    assert image_settings(project(target=target)) == target
    assert image_settings(project(tag="x")).tag == "x"
