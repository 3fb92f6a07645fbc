"""The public names are exactly those that docs/reference/python.md documents."""

import re
from importlib import import_module
from pathlib import Path

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
