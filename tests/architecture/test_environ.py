"""Variables of the process are read at the edge, and in these modules alone."""

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src/sparkferry"

EDGES = ("cli/", "runtime/")
"""The command line makes `Env` of them; the runtime is a program of its own, on the cluster."""

BELOW = {
    "http/shell.py": "the rules by which servers are reached, for whoever was given none",
    "image/debian/signature.py": "gpgv inherits them",
    "layers/interpreter/activate.py": "part of a packed interpreter",
    "layers/interpreter/compiler.py": "the compiling interpreter inherits them, but for Python's",
    "layers/interpreter/libraries.py": "the loader's LD_LIBRARY_PATH, ldconfig's PATH",
    "layers/interpreter/prefix.py": "where interpreters are installed",
    "layers/locks/requirements/hash_mode.py": "pip's and uv's own switches",
    "layers/locks/requirements/lines.py": "variables that a requirements file names",
    "layers/locks/resolve.py": "uv's settings, chosen in `uv/environment.py`",
    "layers/locks/selection.py": "likewise",
    "layers/wheels/build.py": "builds inherit them",
    "layers/wheels/built.py": "variables that pretend a version",
    "layers/wheels/credentials.py": "logins that uv and pip read from them",
    "layers/wheels/git_environ.py": "Git inherits them, but for those that name a repository",
    "paths.py": "where cache and state are",
    "snapshot/git.py": "Git inherits them, but for those that name a repository",
    "targets/local/background.py": "a program of its own, and what it inherits",
    "targets/local/containers.py": "the engine's own",
    "uv/call.py": "uv's, chosen in `uv/environment.py`",
}


def reads(path: Path) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in {"environ", "getenv"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
        for node in ast.walk(ast.parse(path.read_text()))
    )


def test_variables_are_read_where_there_is_a_reason():
    found = {str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.py") if reads(path)}
    assert {name for name in found if not name.startswith(EDGES)} == BELOW.keys()
