"""What `check` reports, every command that packs reports: the same findings, the same exit code."""

from collections.abc import Callable

import msgspec
import pytest

from sparkferry.base.cache import Cache
from sparkferry.cli.main import invoke
from support.laptop import edit
from support.projects import Laptop
from support.wheels import make_wheel

COMMANDS = (
    ["pack"],
    ["run", "count", "--set", "source=x"],
    ["render", "count", "--set", "source=x"],
    ["probe"],
)


def depend(demo: Laptop, *wheels: tuple[str, str]) -> None:
    for name, version in wheels:
        make_wheel(demo.index.directory, name, version)
    names = ", ".join(f"'{name}'" for name, _ in wheels)
    edit(demo.root / "pyproject.toml", "['alpha']", f"['alpha', {names}]")
    demo.uv("lock")


def refused_by_spark(demo: Laptop) -> None:
    depend(demo, ("pandas", "1.5.3"))


def of_another_line(demo: Laptop) -> None:
    depend(demo, ("pyspark-client", "4.1.2"))


def stale(demo: Laptop) -> None:
    make_wheel(demo.index.directory, "beta")
    edit(demo.root / "pyproject.toml", "['alpha']", "['alpha', 'beta']")


def requirements(demo: Laptop, text: str, encoding: str = "utf-8") -> None:
    (demo.root / "uv.lock").unlink()
    (demo.root / "requirements.txt").write_text(text, encoding=encoding)


def made_by_conda(demo: Laptop) -> None:
    requirements(demo, "alpha @ file:///croot/alpha_1/work\n")


def with_a_hash_of_another_file(demo: Laptop) -> None:
    requirements(demo, f"\ufeffalpha==1.0 --hash=sha256:{'0' * 64}\n")


def not_understood(demo: Laptop) -> None:
    requirements(demo, "alpha==1.0 --hash=md5:0\n", "utf-16")


def in_another_encoding(demo: Laptop) -> None:
    lock = demo.root / "uv.lock"
    lock.write_bytes(lock.read_text().encode("utf-16"))


def for_another_uv(demo: Laptop) -> None:
    edit(
        demo.root / "pyproject.toml",
        "[project]",
        "[tool.uv]\nrequired-version = '==0.1'\n[project]",
    )


SPOILED = (
    *(refused_by_spark, of_another_line, stale, made_by_conda, with_a_hash_of_another_file),
    *(not_understood, in_another_encoding, for_another_uv),
)


@pytest.mark.parametrize("spoil", SPOILED)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_an_error_of_check_stops_it_with_the_same_words(
    demo: Laptop,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Laptop], None],
    command: list[str],
):
    spoil(demo)
    capsys.readouterr()
    code = invoke(["check", "--json"])
    found = msgspec.json.decode(capsys.readouterr().out)
    errors = [item["message"] for item in found if item["severity"] == "error"]
    assert errors
    assert invoke(command) == code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert any(message in said.err for message in errors)


def test_a_warning_of_check_is_printed_each_time(demo, capsys):
    depend(demo, ("pandas", "3.0.0"))
    (demo.root / ".gitignore").write_text("notes.txt\n")
    (demo.root / "src/demo/notes.txt").write_text("x")
    capsys.readouterr()
    assert invoke(["check"]) == 0
    warnings = capsys.readouterr().out.splitlines()
    assert len(warnings) == 2
    for _ in range(2):
        assert invoke(["pack"]) == 0
        said = capsys.readouterr().err.splitlines()
        assert set(warnings) <= set(said)
        assert invoke(["render", "count", "--set", "source=x"]) == 0
        assert set(warnings) <= set(capsys.readouterr().err.splitlines())


def test_an_engine_that_is_not_there_ends_check_and_run_alike(demo, capsys, monkeypatch, tmp_path):
    program = tmp_path / "bin/podman"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexit 125\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    given = ("-o", "targets.local.container=podman")
    assert invoke(["check", *given]) == invoke(["run", "tool", *given]) == 3


def test_an_error_is_gone_with_its_cause_wherever_that_is(demo, capsys):
    requirements(demo, "./libs/alpha-1.0-py3-none-any.whl\n")
    assert invoke(["check"]) == invoke(["pack"]) == 2
    assert "requirements.txt:1: error: could not select" in capsys.readouterr().err
    make_wheel(demo.root / "libs", "alpha")
    assert invoke(["check"]) == invoke(["pack"]) == 0


def test_a_finding_of_the_outside_world_is_not_remembered(demo, capsys, monkeypatch):
    """A lock without hashes is resolved by an index: while it is away, nothing is certain."""
    (demo.root / "uv.lock").unlink()
    demo.write("requirements.txt", "alpha==1.0\n")
    monkeypatch.setenv("UV_NO_CACHE", "1")
    served = demo.index.simple
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple/")
    assert invoke(["check"]) == invoke(["pack"]) == 3
    monkeypatch.setenv("UV_DEFAULT_INDEX", served)
    assert invoke(["check"]) == invoke(["pack"]) == 0
    assert not list((Cache().root / "tmp").glob("*"))
