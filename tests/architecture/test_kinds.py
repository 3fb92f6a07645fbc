"""A kind of target is two places: its settings and its folder. No other code knows it."""

import ast
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src/sparkferry"
SETTINGS = SOURCE / "project/kinds"
KINDS = sorted(
    path.stem for path in SETTINGS.glob("[a-z]*.py") if path.stem not in ("target", "registry")
)
REGISTRIES = {SETTINGS / "registry.py", SOURCE / "targets/registry.py"}
PRIVATE = {"workers", "container", "spark_home"}
"""Names of settings that only some kinds have."""


def own(kind: str) -> set[Path]:
    return {SETTINGS / f"{kind}.py", *(SOURCE / "targets" / kind).rglob("*.py")}


def others() -> list[Path]:
    known = REGISTRIES.union(*(own(kind) for kind in KINDS))
    return sorted(set(SOURCE.rglob("*.py")) - known)


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_every_kind_has_settings_and_a_folder():
    assert KINDS
    for kind in KINDS:
        assert (SOURCE / "targets" / kind / "kind.py").is_file()


def test_no_other_code_imports_a_kind():
    modules = {
        f"sparkferry.{place}.{kind}" for kind in KINDS for place in ("targets", "project.kinds")
    }
    found = [
        f"{path.relative_to(SOURCE)}: {name}"
        for path in others()
        for name in imported(path)
        if any(name == module or name.startswith(f"{module}.") for module in modules)
    ]
    assert found == []


def test_kinds_do_not_import_each_other():
    found = [
        f"{path.relative_to(SOURCE)}: {name}"
        for kind in KINDS
        for path in own(kind)
        for name in imported(path)
        for other in KINDS
        if other != kind
        and name.startswith((f"sparkferry.targets.{other}", f"sparkferry.project.kinds.{other}"))
    ]
    assert found == []


def test_no_other_code_asks_for_the_settings_of_a_kind():
    found = [
        f"{path.relative_to(SOURCE)}:{node.lineno} .{node.attr}"
        for path in others()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in PRIVATE
    ]
    assert found == []
