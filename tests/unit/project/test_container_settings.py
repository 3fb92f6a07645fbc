"""Targets that run in containers: what their settings may say."""

import pytest

from sparkferry.errors import DiagnosticsError

HEAD = """\
[project]
name = "a"
[tool.sparkferry]
spark = "4.0"
target = "box"
[tool.sparkferry.targets.box]
kind = "local"
"""
MISTAKES = {
    "an unknown engine": ('container = "lxc"', 'must be "docker" or "podman"', None),
    "volumes without containers": ('volumes = ["a:/a"]', "for containers alone", "name an engine"),
    "a volume that is not there": (
        'container = "docker"\nvolumes = ["nowhere:/a"]',
        "nowhere`",
        "relative paths begin at the project",
    ),
    "a volume without a place": (
        'container = "docker"\nvolumes = ["a"]',
        "must be a list of",
        None,
    ),
    "a volume at a relative place": (
        'container = "docker"\nvolumes = ["a:b"]',
        "must be a list of",
        None,
    ),
    "two Sparks": (
        'container = "docker"\nspark-home = "/opt/spark"',
        "the image has a Spark of its own",
        "remove it",
    ),
}


@pytest.mark.parametrize(("text", "message", "hint"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_line(project, text, message, hint):
    with pytest.raises(DiagnosticsError) as caught:
        project(HEAD + text + "\n")
    found = caught.value.diagnostics[0]
    assert (found.file, found.line) == ("pyproject.toml", 8 + text.count("\n"))
    assert message in found.message
    assert hint is None or hint in (found.hint or "")


def test_volumes_begin_at_the_project_or_at_home(project, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    text = 'container = "podman"\nvolumes = ["data:/data:ro", "~/keys:/keys", "/tmp:/scratch"]\n'
    loaded = project(HEAD + text, files={"data/a": "", "keys/b": ""})
    assert loaded.settings.targets["box"].volumes == (
        f"{tmp_path}/data:/data:ro",
        f"{tmp_path}/keys:/keys",
        "/tmp:/scratch",
    )


def test_an_own_spark_is_mounted_into_images_without_one(project):
    text = 'container = "podman"\nspark-home = "/opt/spark"\nimage = { kind = "dataproc" }\n'
    assert project(HEAD + text).settings.targets["box"].spark_home == "/opt/spark"
