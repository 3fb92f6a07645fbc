import os
from pathlib import Path

import msgspec
import pytest

from sparkferry.errors import ExternalError, UserError
from sparkferry.image.dockerfile.beside import context_names, requirements_text, texts
from sparkferry.image.dockerfile.context import Beside, write_context
from sparkferry.image.dockerfile.draft import base_of, draft
from sparkferry.image.dockerfile.model import Draft, Packed, Requirement, SparkSource
from sparkferry.image.dockerfile.quoting import quoted
from sparkferry.image.dockerfile.text import dockerfile
from sparkferry.image.jars import Jar
from sparkferry.image.lock import ImageLock, LockedBase
from sparkferry.image.provenance import Provenance
from sparkferry.image.recipe import BaseFacts, recipe
from sparkferry.layers.model import Artifact, Pin, Wheel
from sparkferry.project.image_settings import ImageSettings
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.project.model import Project, Settings

DIGEST = f"sha256:{'ab' * 32}"
SLIM = "docker.io/library/python:3.12-slim-bookworm"


def wheel(name: str, digit: str, path: Path = Path("unused")) -> Wheel:
    file = f"{name}-1.0-py3-none-any.whl"
    return Wheel(name=name, version="1.0", filename=file, sha256=digit * 64, path=path)


def pin(name: str, digit: str, file: str) -> Pin:
    artifact = Artifact(name=file, url=f"https://index.example/{file}", sha256=digit * 64)
    return Pin(name=name, version="1.0", artifact=artifact)


SOURCE = SparkSource(
    spark=Requirement(name="pyspark", version="4.0.5", hashes=(f"sha256:{'c' * 64}",)),
    tools=(Requirement(name="setuptools", version="84.0", hashes=(f"sha256:{'d' * 64}",)),),
)
PINS = (pin("alpha", "a", "alpha-1.0-py3-none-any.whl"), pin("built", "0", "built-1.0.tar.gz"))


def draft_of(
    tmp_path: Path,
    wheels: tuple[Wheel, ...] | None = None,
    tier: str = "prod",
    pruned: tuple[str, ...] = (),
    compiled: tuple[str, ...] = (),
    **settings: object,
) -> Draft:
    image = ImageSettings(**settings)
    project = Project(
        root=tmp_path,
        name="titanic",
        requires_python=">=3.11",
        dependencies=(),
        tier=tier,
        settings=Settings(spark="4.0", image=image, targets={"local": LocalTarget()}),
        origins={},
    )
    upon = BaseFacts(platform="linux/amd64", suite="bookworm", spark="4.0.5")
    made = recipe(project, upon, Provenance(revision="abc"))
    found = (wheel("alpha", "a"), wheel("built", "b")) if wheels is None else wheels
    packed = Packed(wheels=found, pins=PINS, pruned=pruned, compiled=compiled)
    return draft(made, ImageLock(), "3.12.7", packed, SOURCE if made.spark else None)


def test_each_stage_is_of_one_base_and_the_last_installs_what_the_kind_needs(tmp_path):
    text = dockerfile(draft_of(tmp_path, kind="dataproc", packages=("curl",)))
    assert f"ARG BASE={SLIM}\n" in text
    assert text.count("FROM ${BASE}") == 2
    assert "--no-install-recommends bash ca-certificates coreutils curl " in text
    assert "libjemalloc2" in text
    assert "openjdk" not in text
    assert "pyspark" not in text.replace("PYSPARK", "")
    assert "(getent group 1099 || groupadd --gid 1099 spark)" in text
    assert "install -d -m 0755 -o 1099 -g 1099 /home/spark" in text
    assert text.rstrip().endswith('ENTRYPOINT ["/usr/bin/tini", "--"]\nCMD ["/bin/bash"]')


def test_spark_has_java_its_entry_point_and_no_more_jars_than_asked_for(tmp_path):
    text = dockerfile(draft_of(tmp_path, spark_groups=("kubernetes",)))
    assert "openjdk-17-jre-headless" in text
    assert "-o -path 'jars/spark-hive_*'" in text
    assert "spark-kubernetes_*" not in text
    assert "ln -sf .. python/lib/pyspark.zip" in text
    assert '"files/opt/sparkferry/bin/entrypoint.sh", "/opt/sparkferry/bin/entrypoint.sh"' in text
    assert "install -d -m 0775 -o 185 -g 0 /opt/spark/work-dir" in text


def test_packages_are_installed_by_hash_and_failures_are_not_swallowed(tmp_path):
    made = draft_of(tmp_path)
    text = dockerfile(made)
    assert text.count("--require-hashes") == text.count("-m pip") == 3
    assert text.count('SHELL ["/bin/bash", "-o", "pipefail", "-euc"]') == 3
    assert requirements_text(made.requirements) == (
        f"alpha==1.0 \\\n    --hash=sha256:{'a' * 64}\nbuilt==1.0 \\\n    --hash=sha256:{'b' * 64}\n"
    )


def test_spark_is_built_by_hash_with_tools_of_known_hashes(tmp_path):
    made = draft_of(tmp_path)
    assert texts(made)["spark.txt"] == f"pyspark==4.0.5 \\\n    --hash=sha256:{'c' * 64}\n"
    assert texts(made)["spark-tools.txt"].startswith("setuptools==84.0 ")
    assert "--no-build-isolation" in dockerfile(made)
    assert {"spark.txt", "spark-tools.txt"} <= set(context_names(made))
    assert "spark.txt" not in texts(draft_of(tmp_path, kind="dataproc"))


def test_yarn_gets_the_archive_that_it_sends(tmp_path):
    assert "ln -sf .. " not in dockerfile(draft_of(tmp_path, spark_groups=("yarn",)))


def test_what_does_not_ship_is_removed_and_what_ships_compiled_is_compiled(tmp_path):
    made = draft_of(tmp_path, pruned=("a/tests/b.py", "a/c.pyi"), compiled=("a/big.py",))
    assert texts(made)["pruned.txt"] == "a/tests/b.py\na/c.pyi\n"
    assert texts(made)["compiled.txt"] == "a/big.py\n"
    assert "--arg-file /build/pruned.txt rm -f --" in dockerfile(made)
    assert "compileall -q -j 0 --invalidation-mode unchecked-hash -i /build/comp" in dockerfile(
        made
    )
    plain = dockerfile(draft_of(tmp_path))
    assert "pruned.txt" not in plain
    assert "compiled.txt" not in plain


def test_a_project_without_packages_installs_none(tmp_path):
    text = dockerfile(draft_of(tmp_path, wheels=(), kind="dataproc"))
    assert "pip install" not in text
    assert "mkdir /opt/sparkferry/packages" in text


def test_wheels_of_several_platforms_are_one_requirement(tmp_path):
    made = draft_of(tmp_path, wheels=(wheel("alpha", "c"), wheel("alpha", "a")))
    assert [x.hashes for x in made.requirements] == [(f"sha256:{'a' * 64}", f"sha256:{'c' * 64}")]


def test_only_what_no_index_has_travels_along(tmp_path):
    made = draft_of(tmp_path)
    assert [x.name for x in made.local] == ["built"]
    assert "--find-links /build/wheels" in dockerfile(made)
    assert "wheels" in context_names(made)
    served = draft_of(tmp_path, wheels=(wheel("alpha", "a"),))
    assert "wheels" not in dockerfile(served).replace("/build/wheels", "")
    assert "code" in context_names(served)


def test_nothing_of_the_index_is_in_it(tmp_path):
    text = dockerfile(draft_of(tmp_path))
    assert "index.example" not in text + requirements_text(draft_of(tmp_path).requirements)
    assert "--mount=type=secret,id=pip" in text
    assert "curl" not in text


def test_dev_images_have_no_code(tmp_path):
    assert "COPY code" in dockerfile(draft_of(tmp_path))
    assert "COPY code" not in dockerfile(draft_of(tmp_path, tier="dev"))


@pytest.mark.parametrize(
    ("written", "locked", "base"),
    [
        ("debian:bookworm", None, SLIM),
        ("debian:bookworm", SLIM, f"{SLIM}@{DIGEST}"),
        ("host.example/mirror/python:3.12-slim", None, "host.example/mirror/python:3.12-slim"),
        ("host.example/debian:bookworm-slim", None, SLIM),
        (
            "docker.io/library/python:3.12-slim",
            "docker.io/library/python:3.12-slim",
            f"docker.io/library/python:3.12-slim@{DIGEST}",
        ),
        (f"{SLIM}@{DIGEST}", f"{SLIM}@{DIGEST}", f"{SLIM}@{DIGEST}"),
    ],
)
def test_the_base_has_python_and_its_locked_digest(written, locked, base):
    bases = (LockedBase(reference=locked, digest=DIGEST),) if locked else ()
    assert base_of(written, "bookworm", "3.12", ImageLock(bases=bases)) == base


@pytest.mark.parametrize(
    ("text", "word"), [("a b", '"a b"'), ('"', '"\\""'), ("$HOME", '"\\$HOME"'), ("\\", '"\\\\"')]
)
def test_words_mean_themselves(text, word):
    assert quoted(text) == word


def test_what_a_dockerfile_cannot_say_is_an_error(tmp_path):
    with pytest.raises(UserError, match="more than one line"):
        dockerfile(draft_of(tmp_path, env={"A": "1\nRUN evil"}))


def test_everything_that_is_copied_lies_beside(tmp_path):
    code, jar = tmp_path / "code", tmp_path / "x.jar"
    (code / "titanic").mkdir(parents=True)
    (code / "titanic/__init__.py").write_text("")
    jar.write_bytes(b"PK")
    built = tmp_path / "built.whl"
    built.write_bytes(b"wheel")
    log4j = tmp_path / "log4j2.properties"
    log4j.write_text("status = warn\n")
    made = draft_of(
        tmp_path,
        wheels=(wheel("alpha", "a"), wheel("built", "b", built)),
        jars=("x.jar",),
        log4j="log4j2.properties",
    )
    to = tmp_path / "out"
    write_context(made, Beside(code=code, jars=(Jar(name="x.jar", path=jar, sha256=""),)), to)
    assert all((to / name).exists() for name in context_names(made))
    assert (to / "Dockerfile").read_text() == dockerfile(made)
    assert (to / "wheels/built-1.0-py3-none-any.whl").read_bytes() == b"wheel"
    assert (to / "code/titanic/__init__.py").exists()
    assert (
        (to / ".dockerignore")
        .read_text()
        .startswith("*\n!/_sparkferry_activate.py\n!/code\n!/files\n!/jars\n!/requirem")
    )
    assert (to / "files/opt/sparkferry/conf/log4j2.properties").read_text() == "status = warn\n"
    assert "COPY jars /opt/sparkferry/jars" in dockerfile(made)
    with pytest.raises(UserError, match="it is not empty"):
        write_context(made, Beside(code=code), to)


def test_files_have_their_modes_whatever_the_umask(tmp_path):
    code, to = tmp_path / "code", tmp_path / "out"
    (code / "titanic").mkdir(parents=True, mode=0o700)
    for name, mode in (("job.py", 0o600), ("tool.sh", 0o755)):
        (code / "titanic" / name).write_text("")
        (code / "titanic" / name).chmod(mode)
    made = draft_of(tmp_path, wheels=(wheel("alpha", "a"),))
    old = os.umask(0o077)
    try:
        write_context(made, Beside(code=code), to)
    finally:
        os.umask(old)
    modes = {path.name: path.stat().st_mode & 0o777 for path in to.rglob("*")}
    assert (modes["titanic"], modes["job.py"], modes["tool.sh"]) == (0o755, 0o644, 0o755)
    assert (modes["requirements.txt"], modes["entrypoint.sh"]) == (0o644, 0o644)


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    made = msgspec.structs.replace(draft_of(tmp_path, tier="dev"), local=())
    with pytest.raises(ExternalError, match="could not write the Dockerfile"):
        write_context(made, Beside(code=None), Path("/proc/no-such-place"))
