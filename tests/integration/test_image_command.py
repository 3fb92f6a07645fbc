"""`image build` and `image push` through the command line, upon a mirror and a registry of the tests."""

import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from sparkferry.cli.main import invoke
from support.debian_mirror import make_spark
from support.laptop import edit
from support.projects import Laptop
from support.raw_wheels import Raw, wheel_file

REFERENCE = re.compile(r"demo:ma(?:in|ster)@sha256:[0-9a-f]{64}\n")


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]):
    """Run a command that must end with ``code``; return its standard output, or the errors."""

    def run(*arguments: str, code: int = 0) -> str:
        capsys.readouterr()
        ended = invoke(list(arguments))
        printed = capsys.readouterr()
        assert ended == code, printed.err
        assert not code or not printed.out
        return printed.err if code else printed.out

    return run


def layers(told: str) -> list[dict[str, object]]:
    return json.loads(told)["images"][0]["layers"]


def roles(told: str) -> list[object]:
    return [layer["role"] for layer in layers(told)]


def config(directory: Path) -> dict[str, object]:
    """Return the config of the only image in a layout."""
    blobs = directory / "blobs/sha256"
    index = json.loads((directory / "index.json").read_text())
    manifest = json.loads((blobs / index["manifests"][0]["digest"][7:]).read_text())
    return json.loads((blobs / manifest["config"]["digest"][7:]).read_text())


def test_a_rebuild_is_the_same_and_makes_nothing(image_project, said):
    first = said("image", "build")
    assert REFERENCE.fullmatch(first)
    assert said("image", "build") == first
    again = said("image", "build", "--json")
    assert json.loads(again)["reference"] == first.strip()
    assert {layer["made"] for layer in layers(again)} == {"cached"}
    assert (image_project.root / "sparkferry-image.lock").is_file()


def test_dev_images_hold_libraries_and_prod_images_code(image_project, said):
    dev = ["base", "debian", "debian", "interpreter", "packages"]
    assert roles(said("image", "build", "--json")) == dev
    assert roles(said("image", "build", "--json", "--tier", "prod")) == [*dev, "code"]
    assert roles(said("image", "build", "--json", "-o", "image.code=true")) == [*dev, "code"]


def test_a_change_of_the_code_changes_the_layer_of_the_code_alone(image_project, said):
    command = ("image", "build", "--json", "--tier", "prod")
    before = layers(said(*command))
    edit(image_project.root / "src/demo/jobs.py", "return n", "return n + 1")
    after = layers(said(*command))
    assert [x["digest"] for x in before[:-1]] == [x["digest"] for x in after[:-1]]
    assert before[-1]["digest"] != after[-1]["digest"]
    assert [layer["made"] for layer in after] == ["cached"] * 5 + ["built"]


def test_what_the_image_says_of_itself(image_project, said):
    name = said("image", "build", "--oci", "image", "--tag", "v1")
    assert re.fullmatch(r"oci:image@sha256:[0-9a-f]{64}\n", name)
    found = config(Path("image"))
    assert found["config"]["User"] == "1099:1099"
    assert found["config"]["Entrypoint"] == ["/usr/bin/tini", "--"]
    env = dict(item.split("=", 1) for item in found["config"]["Env"])
    assert env["PYTHONHASHSEED"] == "0"
    assert env["PYSPARK_PYTHON"] == "/opt/sparkferry/python/bin/python3"
    assert "/opt/sparkferry/python/bin" in env["PATH"].split(":")
    assert env["LD_PRELOAD"] == "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert found["config"]["Labels"]["org.opencontainers.image.revision"] == head
    assert found["created"] == found["config"]["Labels"]["org.opencontainers.image.created"]


def test_an_archive_for_docker(image_project, said):
    assert said("image", "build", "--docker-archive", "x.tar").startswith("docker-archive:x.tar@")
    with tarfile.open("x.tar") as archive:
        listed = json.load(archive.extractfile("manifest.json"))
    assert listed[0]["RepoTags"][0].startswith("demo:ma")


def test_a_project_elsewhere_with_an_empty_cache_has_the_same_digest(
    image_project, said, tmp_path, monkeypatch
):
    first = said("image", "build", "--tier", "prod", "--json")
    shutil.copytree(image_project.root, tmp_path / "elsewhere", symlinks=True)
    monkeypatch.setenv("SPARKFERRY_CACHE_DIR", str(tmp_path / "other-cache"))
    second = said("image", "build", "--tier", "prod", "--json", "-C", str(tmp_path / "elsewhere"))
    assert json.loads(first)["digest"] == json.loads(second)["digest"]
    assert {layer["made"] for layer in layers(second)} == {"built"}


def test_the_lock_holds_packages_until_it_is_renewed(demo, own_debian_mirror, said):
    path = demo.root / "pyproject.toml"
    path.write_text(path.read_text() + own_debian_mirror.settings)
    first = said("image", "build")
    lock = Path("sparkferry-image.lock").read_text()
    assert own_debian_mirror.archive.url not in lock
    own_debian_mirror.newer("bash")
    assert said("image", "build") == first
    assert Path("sparkferry-image.lock").read_text() == lock
    assert said("image", "build", "--upgrade") != first
    assert 'name = "bash", version = "2.0"' in Path("sparkferry-image.lock").read_text()


def test_a_package_more_leaves_what_is_below_it(image_project, said):
    before = layers(said("image", "build", "--json"))
    after = layers(said("image", "build", "--json", "-o", 'image.packages=["libgomp1"]'))
    assert before[0]["digest"] == after[0]["digest"]
    assert before[1]["digest"] != after[1]["digest"]


def test_an_image_with_spark(image_project, said, tmp_path, monkeypatch, shared_cache):
    if not (shared_cache / "spark/4.0.5").exists():
        make_spark(shared_cache, "4.0.5")
    jar, logging = Path("lib/own.jar"), Path("conf/log4j2.properties")
    for path in (jar, logging):
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    options = ('image.jars=["lib/own.jar"]', f"image.log4j={logging}", "image.uid=1000")
    overrides = [word for option in options for word in ("-o", option)]
    java = ("-o", 'image.java-options=["-Da=b c"]')
    told = said("image", "build", "--kind", "spark", "--oci", "image", "--json", *overrides, *java)
    expected = ["base", "debian", "java", "java", "spark", "spark", "jars", "interpreter"]
    assert roles(told) == [*expected, "packages", "settings"]
    found = config(Path("image"))["config"]
    assert found["User"] == "1000:0"
    assert found["Entrypoint"] == ["/usr/bin/tini", "-s", "--", "/opt/sparkferry/bin/entrypoint.sh"]
    env = dict(item.split("=", 1) for item in found["Env"])
    assert env["JAVA_HOME"] == "/usr/lib/jvm/java-17-openjdk-amd64"
    assert env["SPARK_DIST_CLASSPATH"] == "/opt/sparkferry/jars/*"
    assert env["PYTHONPATH"] == "/opt/spark/python:/opt/spark/python/lib/py4j.zip"
    assert env["JDK_JAVA_OPTIONS"] == (
        '-Dlog4j2.configurationFile=/opt/sparkferry/conf/log4j2.properties "-Da=b c"'
    )


def test_pushing_sends_what_the_registry_lacks(image_project, said, registry):
    place = f"{registry.host}/team/flights"
    command = ("image", "push", place, "--tier", "prod", "--json")
    told = json.loads(said(*command))
    assert re.fullmatch(rf"{place}:ma\w+@{told['digest']}", told["reference"])
    assert {x["pushed"] for x in told["images"][0]["layers"]} == {"sent"}
    again = json.loads(said(*command))
    assert (again["digest"], again["sent"]) == (told["digest"], 0)
    edit(image_project.root / "src/demo/jobs.py", "return n", "return n + 1")
    changed = json.loads(said(*command))
    assert [x["pushed"] for x in changed["images"][0]["layers"]] == ["there"] * 5 + ["sent"]
    assert 0 < changed["sent"] < 64 * 1024
    assert said("image", "push", f"{place}:v2").startswith(f"{place}:v2@sha256:")


def test_pushing_where_the_settings_say(image_project, said, registry):
    settings = (f"image.registry={registry.host}", "image.repository=team/demo", "image.tag=7")
    overrides = [word for item in settings for word in ("-o", item)]
    name = said("image", "push", *overrides)
    assert name.startswith(f"{registry.host}/team/demo:7@sha256:")
    assert said("image", "build", *overrides) == name


def test_a_branch_without_an_image_is_served_by_develop(image_project, said, registry):
    settings = (f"image.registry={registry.host}", "image.repository=team/branches")
    overrides = [word for item in settings for word in ("-o", item)]
    subprocess.run(["git", "checkout", "-q", "-b", "feat/new"], check=True)
    told = said("image", "resolve", *overrides, code=2)
    assert "could not find an image of `feat/new`" in told
    develop = said("image", "push", *overrides, "--tag", "develop")
    assert said("image", "resolve", *overrides) == develop
    own = said("image", "push", *overrides, "--tier", "prod")
    assert said("image", "resolve", *overrides) == own != develop
    chosen = json.loads(said("image", "resolve", *overrides, "--tag", "develop", "--json"))
    assert (chosen["reference"], chosen["tag"]) == (develop.strip(), "develop")


def test_building_upon_an_image_of_a_registry(image_project, said, registry):
    base = f"{registry.host}/team/base:1"
    said("image", "push", base)
    more = ("-o", f"image.base={base}", "-o", 'image.packages=["libgomp1"]')
    told = said("image", "push", f"{registry.host}/team/upon", *more, "--json")
    made = [layer["made"] for layer in layers(told)]
    assert made[:5] == ["base"] * 5
    assert [layer["name"] for layer in layers(told)][5:7] == [
        "Debian packages bookworm",
        "configuration",
    ]
    # The other two, interpreter and packages, are ours once more, and so at hand to be sent.
    assert {layer["pushed"] for layer in layers(told)[:3]} == {"mounted"}
    assert f'reference = "{base}"' in Path("sparkferry-image.lock").read_text()
    said("image", "push", base, "--tier", "prod")
    assert said("image", "build", *more, "--json") != ""
    assert layers(said("image", "build", *more, "--json"))[:5] == [
        {**layer, "pushed": None} for layer in layers(told)[:5]
    ]


def test_what_build_prints_is_what_inspect_and_verify_take(image_project, said, capsys):
    name = said("image", "build", "--oci", "image").strip()
    told = json.loads(said("image", "inspect", name, "--json"))
    assert told[0]["digest"] == name.partition("@")[2]
    assert "base         Debian bookworm" in said("image", "inspect", name)
    capsys.readouterr()
    # Its Debian packages are empty, so there are no tools.
    assert invoke(["image", "verify", name, "--json"]) == 2
    (verdict,) = json.loads(capsys.readouterr().out)
    assert (verdict["kind"], verdict["platform"]) == ("dataproc", "linux/amd64")
    assert len(verdict["layers"]) == 5
    assert invoke(["image", "verify", name]) == 2
    printed = capsys.readouterr()
    assert "error: " in printed.out
    assert "linux/amd64 is not what `dataproc` promises" in printed.err


def test_a_bill_of_materials_is_beside_a_pushed_image(image_project, said, registry):
    from sparkferry.image.registry.client import Registries
    from support.referrers import list_referrers

    digest = json.loads(said("image", "push", f"{registry.host}/team/bill", "--json"))["digest"]
    with Registries(environ={}) as registries:
        (found,) = list_referrers(registries.repository(registry.host, "team/bill"), digest)
    assert found.artifact_type == "application/vnd.cyclonedx+json"


def test_a_dockerfile(image_project, said):
    text = said("image", "dockerfile", "--tier", "prod")
    assert "\nFROM ${BASE}\n" in text
    assert said("image", "dockerfile", "--tier", "prod", "--to", "context") == "context\n"
    assert Path("context/Dockerfile").read_text() == text
    added = [line.split()[1] for line in text.splitlines() if line.startswith("ADD ")]
    assert sorted(added) == sorted(f"layers/{x.name}" for x in Path("context/layers").iterdir())
    assert "-code." in added[-1] or "-code." in added[-2]
    assert "it is not empty" in said("image", "dockerfile", "--to", "context", code=2)


@pytest.mark.parametrize(
    "command", ["", "build", "push", "resolve", "inspect", "verify", "dockerfile"]
)
def test_help_has_examples(said, command):
    assert "sparkferry image" in said("image", *command.split(), "--help")


def test_a_base_of_a_registry_is_written_into_a_layout(image_project, said, registry):
    base = f"{registry.host}/team/written:1"
    said("image", "push", base)
    digest = said("image", "build", "-o", f"image.base={base}", "--oci", "image").partition("@")[2]
    told = json.loads(said("image", "inspect", "image", "--json"))
    assert told[0]["digest"] == digest.strip()


def test_a_layer_that_is_gone_from_the_cache_is_made_again(image_project, said, shared_cache):
    before = json.loads(said("image", "build", "--json"))
    lost = before["images"][0]["layers"][0]["digest"].removeprefix("sha256:")
    shutil.rmtree(shared_cache / "blobs" / lost)
    after = json.loads(said("image", "build", "--json"))
    assert after["digest"] == before["digest"]
    assert after["images"][0]["layers"][0]["made"] == "built"


def test_layers_in_zstd(image_project, said):
    told = layers(said("image", "build", "--json", "-o", "image.compression=zstd"))
    assert {layer["media_type"].rpartition("+")[2] for layer in told} == {"zstd"}


BAD = {
    "nowhere to push": (("push",), "no registry and no repository is named"),
    "a digest to push": (("push", f"localhost:1/a@sha256:{'0' * 64}"), "a digest cannot be chosen"),
    "a bad reference": (
        ("push", "Host.example/Team/x"),
        "is not a valid part of a repository name",
    ),
    "an unknown kind": (("build", "--kind", "dataprok"), 'must be "dataproc" or "spark"'),
    "Dataproc on arm": (
        ("build", "--kind", "dataproc", "--platform", "linux/arm64"),
        "Dataproc runs its containers on linux/amd64 alone",
    ),
    "an unknown platform": (("build", "--platform", "linux/s390x"), "must be a list of"),
    "a bad tag": (("build", "--tag", "feat/a"), "`feat/a` is not a valid tag"),
    "an unknown package": (
        ("build", "-o", 'image.packages=["libgom1"]'),
        "the nearest name is `libgomp1`",
    ),
    "a number that is taken": (
        ("build", "--kind", "spark", "-o", "image.uid=33"),
        "the image has `www-data` with the number 33",
    ),
    "two outputs": (
        ("build", "--oci", "a", "--docker-archive", "b"),
        "both --oci and --docker-archive are given",
    ),
    "a directory of something else": (("build", "--oci", "src"), "no OCI image layout"),
    "a jar that is not there": (
        ("build", "-o", 'image.jars=["a.jar"]'),
        "there is no file `a.jar`",
    ),
    "a secret": (("build", "-o", "image.env.DB_PASSWORD=x"), "`DB_PASSWORD` looks like a secret"),
    "a Spark that does not run on the base's Java": (
        ("build", "--kind", "spark", "-o", "spark=3.5", "-o", "image.base=debian:trixie"),
        "it runs on Java 8, 11, 17, and trixie has 21",
    ),
    "an option with both quotes": (
        ("build", "-o", "image.java-options=['-Da=\"''x']"),
        "could not",
    ),
    "an unknown command": (("bild",), "No such command"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_told_and_leaves_nothing(
    image_project: Laptop, said, shared_cache, arguments, message
):
    if not (shared_cache / "spark/4.0.5").exists():
        make_spark(shared_cache, "4.0.5")
    before = {path for path in image_project.root.rglob("*") if ".git" not in path.parts}
    told = said("image", *arguments, code=2)
    assert message in told
    after = {path for path in image_project.root.rglob("*") if ".git" not in path.parts}
    assert after - before <= {image_project.root / "sparkferry-image.lock"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version = 1\n[[bases]]\n", "could not read `sparkferry-image.lock`"),
        ("version = 2\n", "it has version 2"),
        ("not toml", "could not read `sparkferry-image.lock`"),
    ],
)
def test_a_lock_that_cannot_be_read(image_project, said, text, message):
    Path("sparkferry-image.lock").write_text(text)
    assert message in said("image", "build", code=2)
    assert said("image", "build", "--upgrade")


def test_the_outside_world(image_project, said, registry):
    away = ("-o", "image.mirror=http://127.0.0.1:9", "-o", 'image.packages=["libgomp1"]')
    assert "127.0.0.1:9" in said("image", "build", "--upgrade", *away, code=3)
    gone = ("-o", f"image.base={registry.host}/team/nothing:1")
    assert "team/nothing" in said("image", "build", *gone, code=3)


def test_carelessness_of_a_wheel_is_told_by_every_build_and_pack(image_project, capsys):
    record = "careless-1.0.dist-info/RECORD"
    wheel_file(image_project.index.directory, {record: Raw(f"{record},,\n".encode())}, "careless")
    edit(image_project.root / "pyproject.toml", "['alpha']", "['alpha', 'careless']")
    image_project.uv("lock")
    for command in (("image", "build"), ("image", "build"), ("pack",), ("pack",)):
        capsys.readouterr()
        assert invoke(list(command)) == 0
        said = capsys.readouterr().err
        assert said.count("`careless-1.0-py3-none-any.whl` does not keep to the wheel") == 1
        assert "its RECORD does not list `careless-1.0.dist-info/METADATA`" in said
