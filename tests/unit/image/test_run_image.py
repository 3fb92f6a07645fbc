import pytest

from sparkferry.errors import UserError
from sparkferry.image import run_image
from sparkferry.image.recipe import image_settings
from sparkferry.image.run_image import for_this_machine
from sparkferry.project.load import load

TEXT = """\
[project]
name = "a"
[tool.sparkferry]
spark = "4.0"
[tool.sparkferry.image]
platforms = ["linux/arm64", "linux/amd64"]
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "pyproject.toml").write_text(TEXT)
    return load(tmp_path, environ={})


def test_of_several_platforms_this_machines_is_built(project, monkeypatch):
    monkeypatch.setattr(run_image, "host_platform", lambda: "linux/amd64")
    assert image_settings(for_this_machine(project)).platforms == ("linux/amd64",)
    assert image_settings(project).platforms == ("linux/arm64", "linux/amd64")


@pytest.mark.parametrize(("platform", "said"), [("linux/amd64", "linux/amd64"), (None, "neither")])
def test_an_image_for_other_machines_is_refused(project, monkeypatch, platform, said):
    monkeypatch.setattr(run_image, "host_platform", lambda: platform)
    settings = image_settings(project)
    project = load(project.root, environ={}, overrides=('image.platforms=["linux/arm64"]',))
    assert settings != image_settings(project)
    with pytest.raises(UserError, match=f"for linux/arm64, and this machine is {said}") as caught:
        for_this_machine(project)
    assert "`platforms`" in (caught.value.hint or "")
