import tomllib

import jsonschema
import pytest

from sparkferry.errors import DiagnosticsError
from sparkferry.project.image_settings import ImageSettings
from sparkferry.project.schema import schema

HEAD = '[project]\nname = "a"\n[tool.sparkferry]\nspark = "4.0"\n'
TARGETS = """\
[tool.sparkferry.image]
base = "debian:trixie"
labels.org.example.team = "a"
labels."org.example.unit" = "b"
env.LANG = "C.UTF-8"
[tool.sparkferry.targets.local]
kind = "local"
[tool.sparkferry.targets.lake]
kind = "local"
[tool.sparkferry.targets.lake.image]
kind = "dataproc"
env.TZ = "UTC"
[tool.sparkferry.tiers.prod.image]
tag = "7"
env.LANG = "C"
[tool.sparkferry.tiers.prod.targets.lake.image]
compression = "zstd"
"""
MISTAKES = {
    "no such Debian": ('base = "debian:bokworm"', "base", "did you mean `debian:bookworm`?"),
    "a base without registry": (
        'base = "python:3.12-slim"',
        "`python:3.12-slim` is not a valid base",
        "name its registry: `docker.io/library/python:3.12-slim`",
    ),
    "a base that is an address": (
        'base = "https://docker.io/library/python"',
        "not a valid base",
        "leave the scheme out",
    ),
    "a base with a short digest": ('base = "a.io/b@sha256:12"', "not a valid base", None),
    "a registry with a scheme": ('registry = "http://a.io"', "not a valid registry", "host and port alone"),
    "a registry with a path": ('registry = "a.io/b"', "`a.io/b` is not a valid registry", None),
    "a repository in capitals": ('repository = "Team/x"', "is not a valid repository", "small letters"),
    "a tag with a slash": ('tag = "feat/a"', "`feat/a` is not a valid tag", "128 characters"),
    "an empty tag": ('tag = ""', "`` is not a valid tag", None),
    "no platform": ("platforms = []", "needs a platform", None),
    "a platform twice": (
        'platforms = ["linux/amd64", "linux/amd64"]',
        "a platform is given twice",
        None,
    ),
    "an unknown platform": ('platforms = ["windows/amd64"]', "must be a list of", None),
    "an unknown kind": ('kind = "dataprok"', 'must be "dataproc" or "spark"', None),
    "root": ("uid = 0", "`image.uid` must be a whole number from 1 to 2147483647, not `0`", None),
    "a user with a space": ('user = "a b"', "`image.user` must be text like `spark`", None),
    "Dataproc on arm": (
        'kind = "dataproc"\nplatforms = ["linux/arm64"]',
        "Dataproc runs its containers on linux/amd64 alone",
        'set `platforms = ["linux/amd64"]`',
    ),
    "Dataproc with another user": (
        'kind = "dataproc"\nuid = 1000',
        "as user and group 1099",
        "remove `uid`",
    ),
    "Dataproc with another name": ('kind = "dataproc"\nuser = "me"', "as the user `spark`", None),
    "Dataproc with Java": (
        'kind = "dataproc"\npackages = ["openjdk-17-jre-headless"]',
        "must not hold `openjdk-17-jre-headless`",
        "the service mounts Java",
    ),
    "a package with a version": (
        'packages = ["libgomp1=12"]',
        "`libgomp1=12` is not a valid Debian package name",
        "without version",
    ),
    "a jar that is not there": ('jars = ["a.jar"]', "there is no file `a.jar`", "relative to"),
    "a jar outside": ('jars = ["../a.jar"]', "leads out of the project", None),
    "a jar without digest": (
        'jars = ["https://a.example/b.jar"]',
        "not a jar's URL with its digest",
        "#sha256=",
    ),
    "a jar that is none": ('jars = ["a.zip"]', "`a.zip` is not a .jar file", None),
    "an unknown part of Spark": ('spark-groups = ["hiv"]', "must be a list of", None),
    "no Log4j file": ('log4j = "log4j2.xml"', "there is no file `log4j2.xml`", None),
    "no keyring": ('keyring = "keys.gpg"', "there is no file `keys.gpg`", None),
    "a variable of ours": (
        'env.PYTHONHASHSEED = "random"',
        "sparkferry sets `PYTHONHASHSEED` itself",
        "shuffles",
    ),
    "no variable's name": ('env."A-B" = "1"', "`A-B` is not a valid variable name", None),
    "a secret in the environment": (
        'env.DB_PASSWORD = "x"',
        "`DB_PASSWORD` looks like a secret",
        "mount the secret",
    ),
    "a key in the environment": ('env.AWS_ACCESS_KEY_ID = "x"', "looks like a secret", None),
    "a login in a value": ('env.PROXY = "http://u:p@h"', "`PROXY` looks like a secret", None),
    "a secret as label": ('labels.token = "x"', "`token` looks like a secret", None),
    "a number as label": ("labels.a = 1", "must be text, not `1`", 'write it in quotes: `"1"`'),
    "no option": ('java-options = ["Xmx1g"]', "is not a JVM option", None),
    "the class path as option": ('java-options = ["-cp", "a"]', "`-cp` is not a JVM option", None),
    "a secret as option": (
        'java-options = ["-DkeyStorePassword=x"]',
        "an option looks like a secret",
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message", "hint"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_line(project, text, message, hint):
    with pytest.raises(DiagnosticsError) as caught:
        project(HEAD + f"[tool.sparkferry.image]\n{text}\n")
    found = caught.value.diagnostics[0]
    assert found.file == "pyproject.toml"
    assert found.line in {6, 7}
    assert message in found.message
    assert hint is None or hint in (found.hint or "")


def test_what_is_right(project):
    text = """\
[tool.sparkferry.image]
base = "localhost:5000/a/b:c"
registry = "europe-docker.example"
repository = "team/project/flights"
uid = 1000
packages = ["libgomp1", "g++"]
env = { GOOGLE_APPLICATION_CREDENTIALS = "/secrets/key.json", TOKEN_FILE = "/run/token" }
jars = ["lib/a.jar", "https://a.example/b.jar#sha256=%s"]
log4j = "log4j2.properties"
java-options = ["-XX:+UseZGC"]
"""
    files = {"lib/a.jar": "", "log4j2.properties": ""}
    image = project(HEAD + text % ("0" * 64), files=files).settings.image
    assert (image.kind, image.uid) == ("spark", 1000)


def test_without_a_table_there_are_defaults(project):
    loaded = project(HEAD)
    assert loaded.settings.image == ImageSettings()
    assert loaded.settings.targets["local"].image is None


def test_a_target_lies_over_the_project_key_by_key(project):
    loaded = project(HEAD + TARGETS)
    image = loaded.settings.targets["lake"].image
    assert (image.kind, image.base, image.compression) == ("dataproc", "debian:trixie", "gzip")
    assert image.env == {"LANG": "C.UTF-8", "TZ": "UTC"}
    assert image.labels == {"org.example.team": "a", "org.example.unit": "b"}
    assert loaded.settings.image.kind == "spark"
    assert loaded.settings.targets["local"].image is None


def test_a_tier_lies_over_both(project):
    loaded = project(HEAD + TARGETS, tier="prod")
    image = loaded.settings.targets["lake"].image
    assert (image.tag, image.compression, image.env["LANG"]) == ("7", "zstd", "C")


def test_origins_say_where_an_inherited_value_is_written(project):
    origins = project(HEAD + TARGETS).origins
    assert origins["targets.lake.image.base"] == origins["image.base"] == "pyproject.toml:6"
    assert origins["targets.lake.image.kind"] == "pyproject.toml:15"


def test_what_a_target_inherits_is_wrong_once(project):
    with pytest.raises(DiagnosticsError) as caught:
        project(HEAD + TARGETS.replace("debian:trixie", "debian:sid"))
    (found,) = caught.value.diagnostics
    assert (found.line, found.message) == (6, "`debian:sid` is not a valid base image")


def test_what_a_target_inherits_may_have_the_wrong_type(project):
    with pytest.raises(DiagnosticsError) as caught:
        project(HEAD + TARGETS.replace('"debian:trixie"', "7"))
    (found,) = caught.value.diagnostics
    assert "`image.base` must be text" in found.message


def test_what_is_wrong_only_for_a_target_is_told_where_it_is_written(project):
    text = TARGETS.replace('"debian:trixie"', '"debian:trixie"\nplatforms = ["linux/arm64"]')
    with pytest.raises(DiagnosticsError) as caught:
        project(HEAD + text)
    (found,) = caught.value.diagnostics
    assert (found.line, found.message) == (7, "Dataproc runs its containers on linux/amd64 alone")


def test_variables_and_the_command_line_reach_it(project):
    loaded = project(
        HEAD,
        environ={"SPARKFERRY_IMAGE__PLATFORMS": '["linux/arm64"]'},
        overrides=["image.env.Lang=C"],
    )
    assert loaded.settings.image.platforms == ("linux/arm64",)
    assert loaded.settings.image.env == {"Lang": "C"}


def test_the_schema_knows_it():
    validator = jsonschema.Draft202012Validator(schema())
    written = tomllib.loads(HEAD + TARGETS)["tool"]["sparkferry"]
    validator.validate(written)
    assert not validator.is_valid({"spark": "4.0", "image": {"bas": "x"}})
    assert not validator.is_valid({"spark": "4.0", "image": {"env": {"A": 1}}})
