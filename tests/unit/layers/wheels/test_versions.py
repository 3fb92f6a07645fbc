import pytest

from sparkferry.layers.wheels.versions import is_fallback, is_same_version, static_version

COMMIT = "e991fb91d" + "0" * 31


@pytest.mark.parametrize(
    "version",
    [
        "0.0.0",
        "0",
        "0+unknown",
        "0+untagged.3.ge991fb9",
        "0.0.0.post1.dev0+e991fb9",
        "0.0.0+e991fb9",
        "0.1.dev1+ge991fb91d",
        "0.1.dev12+ge991fb91d.d20261127",
    ],
)
def test_versions_that_backends_make_up(version):
    assert is_fallback(version)


@pytest.mark.parametrize(
    "version", ["0.0.1", "0.1", "0.1.dev1.post1", "1.0.dev1", "0.10.dev1", "10"]
)
def test_versions_that_somebody_wrote(version):
    assert not is_fallback(version)


@pytest.mark.parametrize(
    ("built", "locked", "same"),
    [
        ("1.2", "1.2", True),
        ("1.2.0", "1.2", True),
        ("1.2.0rc1", "1.2.0-rc.1", True),
        ("1.2", "1.3", False),
        ("1.2+1.ge991fb9", "1.2+1.ge991fb91d", True),
        ("1.2+1.ge991fb9", "1.2+2.ge991fb9", False),
        ("1.2+1.ge991fb9", "1.2+1.g1234567", False),
        ("1.2+1.ge991fb9", "1.3+1.ge991fb91d", False),
        ("1.2+1.ge991fb9", "1.2+1.ge991fb9.d20261127", False),
        ("none", "1.2", False),
    ],
)
def test_a_built_version_and_the_locked_one(built, locked, same):
    assert is_same_version(built, locked, COMMIT) is same


def test_only_the_locked_commit_may_be_abbreviated():
    assert not is_same_version("1.2+1.ge991fb9", "1.2+1.ge991fb91d")


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('[project]\nname = "a"\nversion = "0.0.0"\n', "0.0.0"),
        ('[tool.poetry]\nversion = "0.0.0"\n', "0.0.0"),
        ('[tool.poetry]\nversion = "0.0.0"\n[tool.poetry-dynamic-versioning]\n', None),
        ('[project]\ndynamic = ["version"]\n', None),
        ("[project", None),
        ("project = 1\ntool = 2\n", None),
    ],
)
def test_the_version_that_a_pyproject_states(tmp_path, text, version):
    (tmp_path / "pyproject.toml").write_text(text)
    assert static_version(tmp_path) == version


def test_a_directory_without_pyproject(tmp_path):
    assert static_version(tmp_path) is None
