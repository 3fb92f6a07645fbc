"""The public names are exactly those that docs/reference/python.md documents; the code has none for tests."""

import ast
import re
from collections import Counter
from importlib import import_module
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src/sparkferry"
PAGE = Path(__file__).parents[2] / "docs/reference/python.md"
PUBLIC = ("sparkferry", "sparkferry.runtime")


def test_public_names_are_those_documented():
    documented = set(re.findall(r"^## `([\w.]+)`$", PAGE.read_text(), re.MULTILINE))
    exported = {f"{module}.{name}" for module in PUBLIC for name in import_module(module).__all__}
    assert exported == documented


def test_public_names_are_there():
    for module in PUBLIC:
        for name in import_module(module).__all__:
            assert getattr(import_module(module), name)


def test_no_public_name_is_used_by_tests_alone():
    texts = {path: path.read_text() for path in SOURCE.rglob("*.py")}
    used = Counter(word for text in texts.values() for word in re.findall(r"\w+", text))
    defined = (ast.ClassDef, ast.FunctionDef)
    found = [
        f"{path.relative_to(SOURCE)}: {node.name}"
        for path, text in texts.items()
        for node in ast.parse(text).body
        if isinstance(node, defined) and not node.name.startswith("_") and used[node.name] == 1
    ]
    assert found == []
