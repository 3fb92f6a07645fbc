"""Rules of the house that no linter knows."""

import ast
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src/sparkferry"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if "templates" not in path.parts)

PROGRAMS = [
    "layers/interpreter/compile_sources.py",
    "layers/interpreter/describe_prefix.py",
    "project/reference.py",
    "targets/supervise/supervisor.py",
]
"""Modules that are processes of their own."""


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    names = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in names if path.is_file()]


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text())
    return [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_no_file_over_400_lines():
    lengths = {path: len(path.read_text().splitlines()) for path in MODULES}
    assert [str(path) for path, length in lengths.items() if length > 400] == []


def test_no_function_over_60_lines():
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in MODULES
        for node in functions(path)
        if node.end_lineno - node.lineno >= 60
    ]
    assert long == []


def test_no_subprocess_gets_a_shell():
    shell = re.compile(r"shell\s*=\s*True|os\.system")
    assert [str(path) for path in MODULES if shell.search(path.read_text())] == []


def test_only_the_command_line_prints_and_exits():
    programs = {SOURCE / name for name in PROGRAMS}
    folders = {SOURCE / "cli", SOURCE / "runtime"}
    calls = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in MODULES
        if path not in programs and folders.isdisjoint(path.parents)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"print", "sys.exit", "exit"}
    ]
    assert calls == []


def test_no_package_registry_is_named():
    hosts = re.compile(
        "|".join(["py" + r"pi\.org", "python" + r"hosted\.org", "repo1?" + r"\.maven"])
    )
    named = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if hosts.search(path.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert named == []


def test_no_path_of_a_machine_is_named():
    paths = re.compile(
        r"/(" + "wo" + r"rk/main|ro" + r"ot/\.|home/(?!spark/)[a-z]+/)"
    )  # spark: of images
    named = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked()
        for number, line in enumerate(
            path.read_text(encoding="utf-8", errors="ignore").splitlines(), 1
        )
        if paths.search(line)
    ]
    assert named == []


def test_no_lock_with_addresses_is_tracked():
    locks = [path for path in tracked() if re.search(r"(uv\.lock|pylock.*\.toml)$", path.name)]
    assert locks == []
