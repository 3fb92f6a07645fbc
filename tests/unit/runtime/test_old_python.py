"""The runtime serves Spark 3.5, whose clusters may run Python 3.9."""

import ast
from pathlib import Path

import pytest

import sparkferry.runtime

SOURCES = sorted(Path(sparkferry.runtime.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_the_syntax_is_that_of_python_3_9(path):
    tree = ast.parse(path.read_text(), feature_version=(3, 9))
    futures = [
        node.names[0].name for node in tree.body if getattr(node, "module", "") == "__future__"
    ]
    assert futures == ["annotations"] or path.name == "__init__.py"
