from pathlib import Path

import pytest

from sparkferry.http.network import read_network
from sparkferry.http.uv_settings import read_uv_settings


@pytest.fixture
def home(tmp_path):
    (tmp_path / "home/.config/uv").mkdir(parents=True)
    return tmp_path / "home"


@pytest.fixture
def project(tmp_path):
    (tmp_path / "work/project").mkdir(parents=True)
    return tmp_path / "work/project"


def hosts(project: Path, home: Path, **environ: str) -> tuple[str, ...]:
    variables = {"HOME": str(home), "XDG_CONFIG_DIRS": str(home / "xdg"), **environ}
    return read_uv_settings(project, variables).texts("allow-insecure-host")


def write(path: Path, host: str, table: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{table}\nallow-insecure-host = ['{host}']\n")


def test_the_nearest_project_then_the_user_then_the_system(project, home):
    write(home / ".config/uv/uv.toml", "of-user")
    write(home / "xdg/uv/uv.toml", "of-system")
    write(project.parent / "pyproject.toml", "of-parent", "[tool.uv]")
    assert hosts(project, home) == ("of-parent", "of-user", "of-system")
    write(project / "pyproject.toml", "of-project", "[tool.uv]")
    assert hosts(project, home)[0] == "of-project"
    write(project / "uv.toml", "of-file")
    assert hosts(project, home) == ("of-file", "of-user", "of-system")


def test_a_member_has_the_settings_of_its_workspace(project, home):
    write(project / "pyproject.toml", "of-member", "[tool.uv]")
    path = project.parent / "pyproject.toml"
    write(path, "of-workspace", "[tool.uv]")
    path.write_text(f"{path.read_text()}[tool.uv.workspace]\nmembers = ['*']\n")
    assert hosts(project, home) == ("of-member", "of-workspace")


def test_variables_choose_the_file(project, home):
    write(home / ".config/uv/uv.toml", "of-user")
    write(project / "uv.toml", "of-project")
    write(home / "other.toml", "of-other")
    assert hosts(project, home, UV_CONFIG_FILE=str(home / "other.toml")) == ("of-other",)
    assert hosts(project, home, UV_NO_CONFIG="true") == ()
    assert hosts(project, home, UV_NO_CONFIG="0") == ("of-project", "of-user")


@pytest.mark.parametrize("text", [b"\xff\xfe", b"[tool", b"tool = 3", b"[tool]\nuv = []"])
def test_a_file_that_cannot_be_read_is_skipped(project, home, text):
    write(home / ".config/uv/uv.toml", "of-user")
    (project / "uv.toml").write_bytes(text)
    (project / "pyproject.toml").write_bytes(text)
    assert hosts(project, home) == ("of-user",)


@pytest.mark.parametrize(
    ("environ", "timeout", "attempts"),
    [
        ({}, None, 5),
        ({"UV_HTTP_TIMEOUT": "7", "UV_HTTP_RETRIES": "0"}, 7, 1),
        ({"UV_REQUEST_TIMEOUT": "8", "HTTP_TIMEOUT": "9"}, 8, 5),
        ({"UV_HTTP_TIMEOUT": "soon", "HTTP_TIMEOUT": "9", "UV_HTTP_RETRIES": "-1"}, 9, 5),
        ({"UV_HTTP_TIMEOUT": "9" * 99}, None, 5),
    ],
)
def test_patience(environ, timeout, attempts):
    network = read_network(environ)
    assert (network.timeout, network.attempts) == (timeout, attempts)
