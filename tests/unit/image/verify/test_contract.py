"""Each promise of each kind: an image that keeps all, and one that breaks this one."""

from dataclasses import replace

import pytest

from sparkferry.errors import UserError
from sparkferry.image.model import KIND_LABEL
from sparkferry.image.verify.accounts import Identity, may_execute
from sparkferry.image.verify.contract import kind_of, read_for_checks
from support.sound_images import DATAPROC, JAVA, LIB, SPARK, SoundImage, elf, program
from support.tars import member, symlink

PYTHON = "opt/sparkferry/python/bin/python3.12"
BIG = b"x" * 6_200_000
KEY = b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n"


@pytest.mark.parametrize("sound", [DATAPROC, SPARK], ids=lambda x: x.kind)
def test_a_sound_image_has_no_findings(sound):
    assert sound.said() == []


def only(sound: SoundImage) -> str:
    (said,) = sound.said()
    return said


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (replace(DATAPROC, registry="docker.io"), "warning: the image is in `docker.io`, and Dataproc"),
        (DATAPROC.env(LD_PRELOAD=None), "warning: LD_PRELOAD does not name jemalloc"),
        (
            DATAPROC.env(LD_PRELOAD="/usr/lib/aarch64-linux-gnu/libjemalloc.so.2"),
            "error: LD_PRELOAD has `/usr/lib/aarch64-linux-gnu/libjemalloc.so.2`, which is not in",
        ),
        (
            DATAPROC.having(member(f"{LIB}/libjemalloc.so.2", elf(183))),
            "error: LD_PRELOAD is `/usr/lib/x86_64-linux-gnu/libjemalloc.so.2`, which is for linux/arm64",
        ),
        (
            DATAPROC.having(member("etc/group", b"root:x:0:\nspark:x:1000:\n")),
            "error: the group `spark` must have number 1099, and has number 1000",
        ),
        (
            DATAPROC.having(member("etc/group", b"root:x:0:\n")),
            "error: the group `spark` must have number 1099, and has none",
        ),
        (
            DATAPROC.having(member("etc/passwd", b"root:x:0:0::/root:/bin/sh\n")),
            "error: the user `spark` must be 1099:1099: there is none",
        ),
        (
            DATAPROC.having(member("etc/passwd", b"spark:x:1000:1099::/home/spark:/bin/sh\n")),
            "error: the user `spark` must be 1099:1099: it has 1000:1099",
        ),
        (DATAPROC.without("home/spark"), "error: the home `/home/spark` of the user `spark` is not a dir"),
        (
            DATAPROC.having(member("home/spark", None)),
            "error: the user `spark` may not write to its home",
        ),
        (DATAPROC.without("usr/bin/ps"), "error: `ps` is not in the image, and Dataproc calls it"),
        (
            DATAPROC.having(member("opt/x/spark-core_2.13-4.0.5.jar")),
            "error: Spark is in the image, at `/opt/x/spark-core_2.13-4.0.5.jar`",
        ),
        (
            DATAPROC.having(member("usr/lib/jvm/x/lib/server/libjvm.so")),
            "error: a Java runtime is in the image, at `/usr/lib/jvm/x/lib/server/libjvm.so`",
        ),
        (
            DATAPROC.having(member("usr/lib/python3/pyspark/__init__.py")),
            "error: pyspark is in the image, at `/usr/lib/python3/pyspark/__init__.py`",
        ),
        (
            DATAPROC.having(member("opt/sparkferry/packages/pyspark/__init__.py")),
            "error: pyspark is in the image, at `/opt/sparkferry/packages/pyspark/__init__.py`",
        ),
        (
            DATAPROC.having(member("usr/bin/ps", elf(), mode=0o700)),
            "error: what Dataproc calls is `/usr/bin/ps`, which the user 1099 may not execute",
        ),
        (DATAPROC.env(PYTHONHASHSEED=None), "warning: PYTHONHASHSEED is not set"),
        (
            DATAPROC.having(member("opt/job.sh", b"", mode=0o777), member("srv", None, mode=0o777)),
            "warning: everybody may write to `/opt/job.sh` and 1 more",
        ),
        (DATAPROC.env(PYSPARK_PYTHON=None), "warning: PYSPARK_PYTHON is not set: Dataproc runs its"),
        (SPARK.running(User=""), "error: the image runs as root"),
        (SPARK.running(User="0:0"), "error: the image runs as root"),
        (SPARK.running(User="nobody"), "error: the image's user is `nobody`, which its /etc/passwd"),
        (SPARK.running(User="185:staff"), "error: the image's user is `185:staff`, which its"),
        (SPARK.running(User="7777"), "error: the image's user 7777 has no name"),
        (SPARK.running(User="spark"), "warning: the image's user is written as `spark`"),
        (SPARK.without("usr/bin/ps"), "warning: `ps` is not in the image: Spark's daemon scripts"),
        (SPARK.env(SPARK_HOME=None), "error: SPARK_HOME is not set"),
        (
            SPARK.without("opt/spark/bin/spark-class"),
            "error: Spark's launcher is `/opt/spark/bin/spark-class`, which is not in the image",
        ),
        (
            SPARK.without("opt/spark/jars/spark-core_2.13-4.0.5.jar"),
            "error: there is no Spark in `/opt/spark/jars`",
        ),
        (
            SPARK.having(member("opt/spark/.spark-version", b"3.5.9\n")),
            "error: `/opt/spark/.spark-version` says `3.5.9`, and the image has Spark 4.0.5",
        ),
        (
            SPARK.having(member("opt/sparkferry/packages/pyspark/__init__.py")),
            "error: pyspark is in the image beside that of SPARK_HOME, at `/opt/sparkferry/packages/py",
        ),
        (SPARK.running(WorkingDir="/work"), "warning: the working directory `/work` is not a directory"),
        (SPARK.running(WorkingDir=""), "warning: the user 185 may not write to the working directory `/`"),
        (SPARK.having(member("opt/data", mode=0o666)), "warning: everybody may write to `/opt/data`: any"),
        (SPARK.without("opt/spark/.spark-version"), "warning: `/opt/spark/.spark-version` is not there"),
        (SPARK.env(JAVA_HOME=None), "error: there is no Java: neither JAVA_HOME nor `java` on PATH"),
        (SPARK.env(JAVA_HOME="/usr/java"), "error: Java is `/usr/java/bin/java`, which is not in the"),
        (SPARK.env(PYTHONHASHSEED=None), "warning: PYTHONHASHSEED is not set"),
        (SPARK.env(PYTHONHASHSEED="4294967296"), "error: PYTHONHASHSEED is 4294967296: Python does not"),
        (SPARK.env(PYTHONHASHSEED=""), "error: PYTHONHASHSEED is ``: shuffles by a key"),
        (SPARK.env(PYTHONHASHSEED="random"), "error: PYTHONHASHSEED is `random`: shuffles by a key"),
        (
            SPARK.env(PATH=f"/{PYTHON}:/usr/bin:/bin"),
            f"error: PATH has `/{PYTHON}`, which is a file: nothing is found through it",
        ),
        (SPARK.env(PATH="/usr/bin:/no/where"), "warning: PATH has `/no/where`, which is not in the"),
        (SPARK.env(PATH="/usr/bin:"), "warning: PATH has ``, which is relative to wherever"),
        (
            SPARK.env(PYSPARK_PYTHON="/usr/bin/python3"),
            "error: PYSPARK_PYTHON is `/usr/bin/python3`, which is not in the image",
        ),
        (SPARK.env(PYSPARK_PYTHON="/opt"), "error: PYSPARK_PYTHON is `/opt`, which is a directory"),
        (
            SPARK.having(program(PYTHON, elf(183))),
            "error: PYSPARK_PYTHON is `/opt/sparkferry/python/bin/python3`, which is for linux/arm64",
        ),
        (
            SPARK.having(program(PYTHON, elf(20))),
            "error: PYSPARK_PYTHON is `/opt/sparkferry/python/bin/python3`, which is for another plat",
        ),
        (
            SPARK.having(member(PYTHON, elf(), mode=0o644)),
            "error: PYSPARK_PYTHON is `/opt/sparkferry/python/bin/python3`, which the user 185 may not",
        ),
        (
            SPARK.having(member("opt/sparkferry/python", None, mode=0o700)),
            "error: PYSPARK_PYTHON is `/opt/sparkferry/python/bin/python3`, which the user 185 may not",
        ),
        (
            SPARK.env(PYSPARK_PYTHON=None).without("opt/sparkferry/python/bin/python3"),
            "error: neither PYSPARK_PYTHON nor `python3` on PATH",
        ),
        (SPARK.running(Entrypoint=None), "error: the image has neither entry point nor command"),
        (
            SPARK.running(Entrypoint=["/opt/sparkferry/bin/entrypoint.sh"]),
            "warning: `/opt/sparkferry/bin/entrypoint.sh` becomes the first process",
        ),
        (
            SPARK.running(Entrypoint=["tini", "--", "no-such"]),
            "error: what the init starts is `no-such`, which is not in the image",
        ),
        (
            SPARK.having(member("root/.cache/pip/x", BIG)),
            "warning: 6.2 MB of caches of the build are in `/",
        ),
        (
            SPARK.having(member("var/cache/apt/pkgcache.bin", BIG)),
            "warning: 6.2 MB of packages and indices that apt fetched are in `/var/cache/apt/`",
        ),
        (
            SPARK.having(member("data/big", BIG)).above(member("data/.wh.big")),
            "warning: layer 2 hides 6.2 MB of layer 1, `/data/big` the largest",
        ),
        (SPARK.having(member("srv/.netrc", b"machine")), "error: `/srv/.netrc` has the na"),
        (SPARK.having(member("etc/deploy", KEY)), "error: `/etc/deploy` is a private key, in layer 1"),
        (
            SPARK.having(member("etc/deploy", KEY)).above(member("etc/.wh.deploy")),
            "error: `/etc/deploy` is a private key, in layer 1, though layer 2 hides it",
        ),
        (
            SPARK.having(member("usr/lib/python3/site-packages/t/test.key", KEY)),
            "warning: `/usr/lib/python3/site-packages/t/test.key` is a private key",
        ),
        (
            SPARK.having(member("app/account.json", b'{"type": "x", "private_key": "-"}')),
            "error: `/app/account.json` holds the key of a cloud account",
        ),
        (
            SPARK.having(member("srv/.docker/config.json", b'{"auths": {"x": {"auth": "Zm9v"}}}')),
            "error: `/srv/.docker/config.json` holds credentials",
        ),
        (
            SPARK.having(member("etc/pip.conf", b"[global]\nindex-url = https://me:pw@index.example/\n")),
            "error: `/etc/pip.conf` holds credentials",
        ),
        (SPARK.env(DB_PASSWORD="hunter2"), "error: the environment variable DB_PASSWORD holds a cred"),
        (
            SPARK.env(INDEX="https://me:pw@index.example/"),
            "error: the environment variable INDEX holds a credential",
        ),
        (
            SPARK.env(CHANNEL="xoxb-123456789012-abcdef"),
            "error: the environment variable CHANNEL holds a credential",
        ),
        (
            SPARK.running(Cmd=["run", "--password=hunter2"]),
            "error: the entry point or command holds a credential",
        ),
        (
            replace(SPARK, more={"history": [{"created_by": f"RUN git clone {'ghp_' + 'a' * 36}"}]}),
            "error: step 1 of the history shows a credential: RUN git clone ***",
        ),
        (SPARK.running(Labels={"api-key": "abc"}), "error: the label api-key holds a credential"),
        (
            replace(SPARK, more={"history": [{"created_by": "RUN TOKEN=abc123 make"}]}),
            "error: step 1 of the history shows a credential: RUN TOKEN=*** make",
        ),
    ],
)  # fmt: skip
def test_a_broken_promise_is_named(broken, said):
    assert only(broken).startswith(said)


@pytest.mark.parametrize(
    "harmless",
    [
        SPARK.env(TOKENIZERS_PARALLELISM="false", AWS_WEB_IDENTITY_TOKEN_FILE="/var/run/token"),
        SPARK.env(PIP_INDEX_URL="https://index.example/simple"),
        SPARK.having(member("etc/ssl/cert.pem", b"-----BEGIN CERTIFICATE-----\nMII\n")),
        SPARK.having(member("app/package.json", b'{"name": "x"}')),
        SPARK.having(member("srv/.netrc")),
        SPARK.having(symlink("etc/ssl/private.key", "/dev/null")),
        SPARK.having(member("etc/pip.conf", b"[global]\nindex-url = https://index.example/\n")),
        SPARK.having(member("usr/lib/os-release", b"no os-release 'at all\nID='\n")),
        SPARK.having(program(PYTHON, b"#!/bin/sh\n")),
        SPARK.having(member("opt/spark/python/pyspark/__init__.py")),
        SPARK.having(member("tmp", None, mode=0o1777), symlink("srv/link", "x")),
        SPARK.running(Entrypoint=["tini"], Cmd=None),
        SPARK.above(member("etc/passwd", b"spark:x:185:0::/home/spark:/bin/sh\nbroken line\n")),
        DATAPROC.running(User=""),
        replace(DATAPROC, registry="europe-docker.pkg.dev"),
    ],
)
def test_what_is_harmless_has_no_finding(harmless):
    assert harmless.said() == []


def test_a_dataproc_image_without_tini_says_both():
    found = DATAPROC.without("usr/bin/tini").said()
    assert [x.split(":")[0] for x in found] == ["error", "error"]
    assert "`tini` is not in the image" in found[0]
    assert "the entry point is `/usr/bin/tini`" in found[1]


def test_every_finding_has_a_remedy():
    broken = SPARK.env(SPARK_HOME=None, JAVA_HOME=None, PYTHONHASHSEED="random").running(User="")
    assert all(x.hint for x in broken.findings())
    assert len(broken.findings()) == 4


@pytest.mark.parametrize(
    ("sound", "said"), [(DATAPROC, "and Dataproc runs linux/amd64 alone"), (SPARK, "linux/s390x")]
)
def test_an_image_for_another_platform_with_programs_for_this_one(sound, said):
    architecture = "arm64" if sound is DATAPROC else "s390x"
    first, *others = replace(sound, more={"architecture": architecture}).said()
    assert said in first
    assert any("which is for linux/amd64: the image is for" in x for x in others)


def test_groups_of_the_user_count():
    private = member(PYTHON, elf(), gid=50, mode=0o750)
    group = member("etc/group", b"root:x:0:\nstaff:x:50:spark\n")
    assert SPARK.having(private, group).said() == []
    assert "the user 185 may not execute" in only(SPARK.having(private))


def test_root_executes_only_what_somebody_may():
    root = Identity(uid=0, gids=frozenset({0}))
    rootfs = read_for_checks(SPARK.having(member("plain", b"")).inspected())
    assert may_execute(rootfs, PYTHON, root)
    assert not may_execute(rootfs, "plain", root)


def test_java_may_be_found_on_path():
    sound = SPARK.env(JAVA_HOME=None).having(symlink("usr/bin/java", f"/{JAVA}/bin/java"))
    assert sound.said() == []


def test_the_kind_is_asked_for_or_on_the_label():
    labelled = SPARK.running(Labels={KIND_LABEL: "dataproc"}).inspected()
    assert kind_of(labelled, None) == "dataproc"
    assert kind_of(labelled, "spark") == "spark"
    with pytest.raises(UserError, match="what kind of image"):
        kind_of(SPARK.inspected(), None)
