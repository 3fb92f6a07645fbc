"""uv itself, called with settings of users: servers count, the rest does not."""

import tomllib
from pathlib import Path

import pytest

from sparkferry.errors import ExternalError, UserError
from sparkferry.uv.call import uv
from sparkferry.uv.settings import toml_text, without_users_meaning
from support.index_server import serving
from support.wheels import make_wheel


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An XDG_CONFIG_HOME."""
    home = tmp_path / "config"
    (home / "uv").mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    return home


def compile_alpha(laptop):
    arguments = ["pip", "compile", "-", "--quiet", "--no-header", "--no-annotate"]
    return uv(arguments, action="resolve", cwd=laptop.root, stdin="alpha\n")


@pytest.fixture
def served(laptop):
    for version in ("1.0", "2.0"):
        make_wheel(laptop.index.directory, "alpha", version)
    laptop.project()


@pytest.mark.parametrize(
    "setting",
    [
        'exclude-newer = "2001-01-01"',
        'resolution = "lowest"',
        "no-binary = true",
        'required-version = "==0.1"',
        '[pip]\nresolution = "lowest"',
        'constraint-dependencies = ["alpha<2"]',
    ],
)
@pytest.mark.parametrize("where", ["user", "system", "named"])
def test_settings_of_users_do_not_change_what_a_call_means(
    served, laptop, home, monkeypatch, setting, where
):
    place = home if where == "user" else home.parent / "xdg"
    (place / "uv").mkdir(parents=True, exist_ok=True)
    (place / "uv/uv.toml").write_text(f"{setting}\n")
    if where == "system":
        monkeypatch.setenv("XDG_CONFIG_DIRS", str(place))
    elif where == "named":
        monkeypatch.setenv("UV_CONFIG_FILE", str(place / "uv/uv.toml"))
    assert compile_alpha(laptop) == "alpha==2.0"


def test_variables_do_not_change_what_a_call_means(served, laptop, monkeypatch):
    monkeypatch.setenv("UV_EXCLUDE_NEWER", "2001-01-01")
    monkeypatch.setenv("UV_RESOLUTION", "lowest")
    monkeypatch.setenv("UV_PYTHON", "3.99")
    monkeypatch.setenv("RUST_LOG", "trace")
    assert compile_alpha(laptop) == "alpha==2.0"


def test_settings_of_the_project_do(served, laptop, home, monkeypatch):
    laptop.project(extra='[tool.uv]\nresolution = "lowest"\n')
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    assert compile_alpha(laptop) == "alpha==1.0"


@pytest.mark.parametrize("harmful", ["", 'resolution = "lowest"\n'])
def test_servers_that_users_name_are_asked(laptop, home, tmp_path, monkeypatch, harmful):
    laptop.project()
    monkeypatch.delenv("UV_DEFAULT_INDEX")
    (tmp_path / "mirror").mkdir()
    make_wheel(tmp_path / "mirror", "alpha", "3.0")
    make_wheel(tmp_path / "mirror", "alpha", "4.0")
    with serving(tmp_path / "mirror") as mirror:
        mirror.login = ("user", "secret")
        index = f'[[index]]\nname = "corp"\nurl = "{mirror.simple}"\ndefault = true\n'
        (home / "uv/uv.toml").write_text(f"{harmful}{index}")
        monkeypatch.setenv("UV_INDEX_CORP_USERNAME", "user")
        monkeypatch.setenv("UV_INDEX_CORP_PASSWORD", "secret")
        assert compile_alpha(laptop) == "alpha==4.0"


def test_relative_paths_start_from_the_users_file(laptop, home, monkeypatch):
    laptop.project()
    make_wheel(home / "uv/links", "alpha", "5.0")
    (home / "uv/uv.toml").write_text(
        'resolution = "lowest"\nno-index = true\nfind-links = ["links"]'
    )
    assert compile_alpha(laptop) == "alpha==5.0"


def test_other_programs_find_their_settings(home):
    (home / "git").mkdir()
    (home / "git/config").write_text("[user]\n")
    (home / "uv/uv.toml").write_text('resolution = "lowest"\n')
    with without_users_meaning({"XDG_CONFIG_HOME": str(home)}) as given:
        assert given["XDG_CONFIG_HOME"] != str(home)
        assert Path(given["XDG_CONFIG_HOME"], "git/config").read_text() == "[user]\n"


def test_settings_that_count_all_are_left_where_they_are(home):
    (home / "uv/uv.toml").write_text("native-tls = true\n[pip]\nno-index = true\n")
    environ = {"XDG_CONFIG_HOME": str(home), "HOME": "/nowhere"}
    with without_users_meaning(environ) as given:
        assert given == environ


def test_settings_that_are_not_toml_are_named(served, laptop, home):
    (home / "uv/uv.toml").write_text("resolution = \n")
    with pytest.raises(UserError, match=r"could not read uv's settings `.*/uv/uv\.toml`"):
        compile_alpha(laptop)


def test_a_permission_of_the_user_makes_a_call_fail(laptop, home, monkeypatch):
    laptop.project()
    monkeypatch.setenv("UV_OFFLINE", "1")
    with pytest.raises(ExternalError, match="could not resolve"):
        compile_alpha(laptop)


def test_tables_are_written_as_they_were_read():
    text = (
        'a = "\\u0001 \\u007f é \\" \\\\ 😀"\nb = [1, 2.5, inf, true]\n"c d" = 2001-01-01T00:00:00Z\n'
        "[[e]]\nf = { g = [] }\n[[e]]\n"
    )
    assert tomllib.loads(toml_text(tomllib.loads(text))) == tomllib.loads(text)
