import pytest

from sparkferry.errors import UserError
from sparkferry.paths import cache_dir, home, state_dir


@pytest.mark.parametrize(("directory", "name"), [(cache_dir, "CACHE"), (state_dir, "STATE")])
def test_a_variable_names_the_directory(directory, name, monkeypatch, tmp_path):
    monkeypatch.setenv(f"SPARKFERRY_{name}_DIR", str(tmp_path / "x"))
    assert directory() == tmp_path / "x"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(f"SPARKFERRY_{name}_DIR", "y")
    assert directory() == tmp_path / "y"


@pytest.mark.parametrize(("directory", "name"), [(cache_dir, "CACHE"), (state_dir, "STATE")])
def test_a_user_without_a_home(directory, name, monkeypatch):
    for variable in (f"SPARKFERRY_{name}_DIR", f"XDG_{name}_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    assert str(home()) == "~"
    with pytest.raises(UserError, match="could not choose the") as caught:
        directory()
    assert f"SPARKFERRY_{name}_DIR" in str(caught.value.hint)
