import json

import pytest

from sparkferry.cli.main import invoke

TEXT = """\
[project]
name = "titanic"

[tool.sparkferry]
spark = "4.0"
spark-conf.spark.ui.enabled = false

[tool.sparkferry.jobs.survival]
entry = "titanic.jobs:run"
args = { partitions = 8, token = "hush" }

[tool.sparkferry.tiers.prod.jobs.survival.args]
partitions = 200
"""

GOLDEN = """\
spark                             4.0                                         pyproject.toml:5
lock                              -                                           default
source                            -                                           default
include                           []                                          default
target                            local                                       environment SPARKFERRY_TARGET
spark-conf."spark.ui.enabled"     false                                       pyproject.toml:6
packages.prune                    true                                        default
packages.keep                     []                                          default
packages.prefer                   []                                          default
packages.groups                   []                                          default
packages.extras                   []                                          default
packages.optional-libraries       []                                          default
snapshot.allow                    []                                          default
snapshot.bundle                   false                                       default
image.kind                        spark                                       default
image.base                        debian:bookworm                             default
image.registry                    -                                           default
image.repository                  -                                           default
image.tag                         -                                           default
image.insecure                    false                                       default
image.platforms                   ["linux/amd64"]                             default
image.code                        -                                           default
image.user                        -                                           default
image.uid                         -                                           default
image.gid                         -                                           default
image.packages                    []                                          default
image.mirror                      -                                           default
image.security-mirror             -                                           default
image.keyring                     -                                           default
image.jars                        []                                          default
image.spark-groups                ["connect", "hive", "kubernetes", "mllib"]  default
image.env                         {}                                          default
image.labels                      {}                                          default
image.log4j                       -                                           default
image.java-options                []                                          default
image.compression                 gzip                                        default
release.branches                  ["main", "master", "release/*"]             default
release.tag                       v{version}                                  default
release.targets                   []                                          default
jobs.survival.entry               titanic.jobs:run                            pyproject.toml:9
jobs.survival.script              -                                           default
jobs.survival.args.partitions     200                                         pyproject.toml:13
jobs.survival.args.token          ***                                         pyproject.toml:10
jobs.survival.config              {}                                          default
jobs.survival.spark-conf          {}                                          default
targets.local.kind                local                                       default
targets.local.python              -                                           default
targets.local.store               .sparkferry/store                           default
targets.local.spark-conf          {}                                          default
targets.local.image               -                                           default
targets.local.workers             2                                           default
targets.local.cores               2                                           command line
targets.local.memory              1g                                          default
targets.local.driver-memory       1g                                          default
targets.local.spark-home          -                                           default
targets.local.class-data-archive  true                                        default
targets.local.quick-compile       true                                        default
targets.local.container           -                                           default
targets.local.volumes             []                                          default
"""


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "pyproject.toml").write_text(TEXT)
    return str(tmp_path)


def test_each_setting_is_shown_with_its_origin(directory, capsys, monkeypatch):
    monkeypatch.setenv("SPARKFERRY_TARGET", "local")
    choice = ["--tier", "prod", "-o", "targets.local.cores=2", "-C", directory]
    assert invoke(["config", *choice]) == 0
    assert capsys.readouterr().out == GOLDEN


def test_the_settings_are_data_with_json(directory, capsys):
    assert invoke(["config", "--json", "-C", directory, "--target", "local"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["project"], found["tier"]) == ("titanic", "dev")
    assert found["settings"][0] == {"key": "spark", "value": "4.0", "origin": "pyproject.toml:5"}
    assert {"key": "target", "value": "local", "origin": "command line"} in found["settings"]


def test_the_schema_needs_no_project(tmp_path, capsys):
    assert invoke(["config", "--schema", "-C", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "[tool.sparkferry]"


def test_mistakes_are_printed_with_their_lines_and_end_with_2(directory, capsys):
    assert invoke(["config", "-C", directory, "--target", "lokal", "-o", "spark=4"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "command line: there is no target `lokal`" in said.err
    assert "hint: did you mean `local`?" in said.err
    assert "2 problems" in said.err


def test_the_help_keeps_the_lines_of_its_examples(capsys):
    assert invoke(["config", "--help"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert "    sparkferry config --tier prod" in said
    assert not [line for line in said if "\\b" in line]
