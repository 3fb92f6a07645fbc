"""Projects in the layouts of Poetry and of dynamic metadata load as others do."""

import pytest

SECTION = '[tool.sparkferry]\nspark = "4.0"\n'


@pytest.mark.parametrize(
    "text",
    [
        (
            '[tool.poetry]\nname = "demo"\nversion = "1"\n[tool.poetry.dependencies]\n'
            'python = "^3.11"\nalpha = "^1.0"\n'
        ),
        (
            '[project]\nname = "demo"\ndynamic = ["dependencies", "requires-python"]\n'
            '[tool.poetry.dependencies]\npython = "^3.11"\nalpha = "^1.0"\n'
        ),
    ],
)
def test_the_layouts_of_poetry(project, text):
    loaded = project(text + SECTION)
    assert (loaded.name, loaded.requires_python) == ("demo", ">=3.11,<4")
    assert loaded.dependencies == ("alpha>=1.0,<2",)


def test_a_project_of_poetry_that_is_never_packaged_may_have_no_name(project, tmp_path):
    loaded = project(f"[tool.poetry]\npackage-mode = false\n{SECTION}")
    assert loaded.name == tmp_path.name.strip("._-")


def test_dependencies_in_a_file(project, tmp_path):
    (tmp_path / "requirements.in").write_text("alpha>=1\n")
    text = '[project]\nname = "demo"\ndynamic = ["dependencies"]\n[tool.setuptools.dynamic]\n'
    loaded = project(f'{text}dependencies = {{ file = "requirements.in" }}\n{SECTION}')
    assert loaded.dependencies == ("alpha>=1",)
