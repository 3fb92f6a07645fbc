"""`sparkferry check`: every row of what it promises, on projects that are wrong on purpose."""

import json
import os
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from sparkferry.cli.main import invoke
from sparkferry.process import tool
from sparkferry.spark.java import find_java
from support.laptop import edit, make_java
from support.projects import Laptop
from support.wheels import make_wheel


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str], str]:
    """Run it and return exit code, findings, and what a person reads beside them."""
    capsys.readouterr()
    code = invoke(["check", *arguments])
    said = capsys.readouterr()
    return code, said.out.splitlines(), said.err


def depend(demo: Laptop, *wheels: tuple[str, str]) -> None:
    """Depend on these wheels as well, and lock."""
    for name, version in wheels:
        make_wheel(demo.index.directory, name, version)
    names = ", ".join(f"'{name}'" for name, _ in wheels)
    edit(demo.root / "pyproject.toml", "['alpha']", f"['alpha', {names}]")
    demo.uv("lock")


def test_a_project_in_which_nothing_is_wrong(demo, capsys):
    assert checked(capsys) == (0, [], "0 errors, 0 warnings\n")
    assert checked(capsys, "--json") == (0, ["[]"], "")


def test_a_warning_is_no_error(demo, capsys):
    (demo.root / ".gitignore").write_text("notes.txt\n")
    (demo.root / "src/demo/notes.txt").write_text("x")
    code, found, said = checked(capsys)
    assert (code, found) == (0, ["warning: ignored files do not ship: `src/demo/notes.txt`"])
    assert said.endswith("0 errors, 1 warning\n")


def no_lock(demo: Laptop) -> None:
    (demo.root / "uv.lock").unlink()


def two_locks(demo: Laptop) -> None:
    demo.write("requirements.txt", "alpha==1.0\n")


def outdated(demo: Laptop) -> None:
    make_wheel(demo.index.directory, "beta")
    edit(demo.root / "pyproject.toml", "['alpha']", "['alpha', 'beta']")


def unhashed(demo: Laptop) -> None:
    wheel = tomllib.loads((demo.root / "uv.lock").read_text())["package"][0]["wheels"][0]
    edit(demo.root / "uv.lock", f', hash = "{wheel["hash"]}"', "")


def broken_lock(demo: Laptop) -> None:
    (demo.root / "uv.lock").write_text("<<<<<<< HEAD\n")


def broken_pylock(demo: Laptop) -> None:
    (demo.root / "uv.lock").unlink()
    demo.write("pylock.toml", "packages = [\n")


def windows_only(demo: Laptop) -> None:
    make_wheel(demo.index.directory, "gamma", tag="cp311-cp311-win32")
    depend_text(demo, "gamma")


def depend_text(demo: Laptop, name: str) -> None:
    edit(demo.root / "pyproject.toml", "['alpha']", f"['alpha', '{name}']")
    demo.uv("lock")


def old_java(demo: Laptop) -> None:
    make_java(demo.root.parent / "java", "1.8.0_402")


def half_java(demo: Laptop) -> None:
    (demo.root.parent / "java/bin/java").unlink()


def other_pyspark(demo: Laptop) -> None:
    depend(demo, ("pyspark", "3.5.9"))


def other_client(demo: Laptop) -> None:
    depend(demo, ("pyspark-client", "4.1.2"))


def unknown_spark(demo: Laptop) -> None:
    edit(demo.root / "pyproject.toml", '"4.0"', '"9.9"')


def old_pandas(demo: Laptop) -> None:
    depend(demo, ("pandas", "1.5.3"))


def new_pandas(demo: Laptop) -> None:
    depend(demo, ("pandas", "3.0.0"))


def old_pyarrow(demo: Laptop) -> None:
    depend(demo, ("pyarrow", "10.0.0"))


def old_numpy(demo: Laptop) -> None:
    depend(demo, ("numpy", "1.20.0"))


def another_python(demo: Laptop) -> None:
    edit(demo.root / "pyproject.toml", '">=3.11"', '">=3.30"')


def no_module(demo: Laptop) -> None:
    edit(demo.root / "pyproject.toml", "demo.jobs:count", "demo.job:count")


def ignored_module(demo: Laptop) -> None:
    (demo.root / ".gitignore").write_text("jobs.py\n")
    (demo.root / ".git/index").unlink()


def wrong_argument(demo: Laptop) -> None:
    edit(demo.root / "pyproject.toml", "n = 3", 'n = "three"')


def credentials(demo: Laptop) -> None:
    demo.write(".env", "A=1")


def syntax(demo: Laptop) -> None:
    demo.write("src/demo/jobs.py", "def count(:\n")


def unreadable_include(demo: Laptop) -> None:
    edit(demo.root / "pyproject.toml", 'spark = "4.0"', 'spark = "4.0"\ninclude = ["none/**"]')


@pytest.mark.parametrize(
    ("spoil", "finding"),
    [
        (no_lock, "pyproject.toml: error: could not find a lock of `demo`"),
        (two_locks, "pyproject.toml: error: could not choose a lock of `demo`: there are several"),
        (outdated, "uv.lock: error: `uv.lock` is not up to date with pyproject.toml"),
        (unhashed, "uv.lock:6: error: could not select `alpha`: it has no hash"),
        (broken_lock, "uv.lock: error: could not read the lock `uv.lock`: TOMLDecodeError"),
        (broken_pylock, "pylock.toml: error: could not read the lock `pylock.toml`"),
        (windows_only, "uv.lock:29: error: could not select `gamma`: 1.0 has no wheel for Python"),
        (old_java, "error: could not use JAVA_HOME"),
        (half_java, "error: could not use JAVA_HOME"),
        (other_pyspark, "pyproject.toml:8: error: the lock names pyspark 3.5.9, and the project"),
        (other_client, "uv.lock:29: error: the lock has pyspark-client 4.1.2, the project is"),
        (unknown_spark, "pyproject.toml:8: error: Spark 9.9 is not known"),
        (old_pandas, "error: Spark 4.0 refuses pandas 1.5.3: it needs pandas>=2.0.0"),
        (new_pandas, "warning: parts of PySpark 4.0 fail with pandas 3.0.0"),
        (old_pyarrow, "error: Spark 4.0 refuses pyarrow 10.0.0: it needs pyarrow>=11.0.0"),
        (old_numpy, "error: Spark 4.0 refuses numpy 1.20.0: it needs numpy>=1.21"),
        (no_module, "pyproject.toml:11: error: there is no module `demo.job` in `src`"),
        (
            ignored_module,
            "pyproject.toml:11: error: could not find the module of `demo.jobs:count`",
        ),
        (wrong_argument, "pyproject.toml:12: error: argument `n`: expected an integer"),
        (credentials, ".env: error: could not ship `.env`: its name looks like a credential"),
        (syntax, "src/demo/jobs.py:1: error: not valid Python"),
        (unreadable_include, "pyproject.toml:9: error: "),
    ],
)
def test_what_is_wrong_is_found_once_and_with_its_remedy(
    demo: Laptop, capsys: pytest.CaptureFixture[str], spoil: Callable[[Laptop], None], finding: str
):
    spoil(demo)
    code, found, said = checked(capsys)
    (only,) = [line for line in found if not line.startswith("warning: ignored files")]
    assert only.startswith(finding)
    assert code == (0 if "warning: " in finding else 2)
    assert said.count("hint: ") == len(found) - (spoil is syntax)


def test_no_subject_hides_another(demo, capsys, monkeypatch):
    for spoil in (old_pandas, new_module_with_errors, old_java, credentials, outdated_again):
        spoil(demo)
    code, found, said = checked(capsys)
    assert code == 2
    kinds = (".env", "`n`", "up to date", "refuses pandas", "JAVA_HOME", "no function `cuont`")
    assert [sum(kind in line for line in found) for kind in kinds] == [1] * len(kinds)
    assert len(found) == len(set(found)) == len(kinds)
    assert said.endswith("6 errors, 0 warnings\n")

    code, lines, _ = checked(capsys, "--json")
    told = json.loads("\n".join(lines))
    assert code == 2
    assert len(told) == len(found)
    assert {"severity", "message", "hint", "file", "line", "exit_code"} == set(told[0])


def new_module_with_errors(demo: Laptop) -> None:
    wrong_argument(demo)
    with (demo.root / "pyproject.toml").open("a") as file:
        file.write('[tool.sparkferry.jobs.other]\nentry = "demo.jobs:cuont"\n')


def outdated_again(demo: Laptop) -> None:
    make_wheel(demo.index.directory, "beta")
    edit(demo.root / "pyproject.toml", "'pandas'", "'pandas', 'beta'")


def test_errors_come_first(demo, capsys):
    new_pandas(demo)
    credentials(demo)
    _, found, _ = checked(capsys)
    assert [line.partition("error: ")[1] for line in found] == ["error: ", ""]


def test_no_python_for_the_target(demo, capsys):
    another_python(demo)
    code, found, _ = checked(capsys)
    assert code == 2
    assert any(
        line.startswith("pyproject.toml: error: could not choose a Python for `requires-python")
        for line in found
    )


def test_a_python_too_old_for_spark(demo, capsys):
    _, found, _ = checked(capsys, "-o", "targets.local.python=3.7", "-o", "spark=3.5")
    assert any("3.7" in line and "error: " in line for line in found)


def test_a_machine_without_java(demo, capsys, monkeypatch, tmp_path):
    programs = tmp_path / "programs"
    programs.mkdir()
    for program in (shutil.which("git"), tool("uv")):
        assert program
        (programs / Path(program).name).symlink_to(program)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setattr(find_java, "__defaults__", ((str(tmp_path / "jvm/*"),),))
    code, found, said = checked(capsys)
    assert (code, found) == (2, ["error: could not find a Java for Spark 4.0: there is no Java"])
    assert (
        "hint: install Java 17 or 21, for example with `apt install openjdk-17-jre-headless`"
        in said
    )


def test_an_engine_that_does_not_answer(demo, capsys, monkeypatch, tmp_path):
    program = tmp_path / "bin/podman"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho cannot connect >&2\nexit 125\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    code, found, said = checked(capsys, "-o", "targets.local.container=podman")
    assert (code, found) == (3, ["error: could not ask `podman`: cannot connect"])
    assert "`podman version` must answer" in said
    assert invoke(["run", "tool", "-o", "targets.local.container=podman"]) == 3
    assert "could not ask `podman`: cannot connect" in capsys.readouterr().err


def test_a_machine_without_git(demo, capsys, monkeypatch):
    monkeypatch.setenv("PATH", str(demo.root / "nothing"))
    old_java(demo)
    code, found, _ = checked(capsys)
    assert code == 2
    assert found[0] == "error: could not start `git`: No such file or directory"
    assert "JAVA_HOME" in found[1]


def test_wrong_settings_are_findings_too(demo, capsys):
    edit(demo.root / "pyproject.toml", "script = ", "scirpt = ")
    code, found, said = checked(capsys)
    assert (code, found) == (2, ["pyproject.toml:15: error: unknown key `scirpt` in `jobs.tool`"])
    assert "hint: did you mean `script`?" in said


def test_a_file_that_the_system_refuses(demo, capsys, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SPARKFERRY_CACHE_DIR", str(tmp_path / "file/cache"))
    (demo.root / "src/demo/jobs.py").unlink()
    (demo.root / "src/demo/jobs.py").mkdir()
    code, found, _ = checked(capsys)
    assert code == 2
    assert any("could not use the cache" in line for line in found)
    assert any("pyproject.toml:11" in line for line in found)
