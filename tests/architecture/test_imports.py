"""What may be imported when."""

import subprocess
import sys

import pytest

HEAVY = [
    "google", "httpx", "importlib.metadata", "isal", "kubernetes", "lightkube", "packaging",
    "py4j", "pyspark", "requests", "rich", "urllib3", "asyncio", "msgspec",
]  # fmt: skip
HEAVY_COMMANDS = [
    name for name in HEAVY if name not in {"importlib.metadata", "packaging", "msgspec"}
]


def loaded_by(statement: str, names: list[str]) -> list[str]:
    code = f"import sys\n{statement}\nprint(*(n for n in {names!r} if n in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1].split()


def test_importing_the_package_imports_nothing_else():
    assert loaded_by("import sparkferry", [*HEAVY, "click"]) == []


def test_help_imports_no_client():
    statement = "from sparkferry.cli.main import invoke; assert invoke(['--help']) == 0"
    assert loaded_by(statement, HEAVY) == []


@pytest.mark.parametrize(
    "command", ["check", "pack", "image", "run", "render", "runs", "probe", "gc"]
)
def test_help_of_a_command_imports_no_client(command):
    statement = (
        f"from sparkferry.cli.main import invoke; assert invoke(['{command}', '--help']) == 0"
    )
    assert loaded_by(statement, HEAVY_COMMANDS) == []
