"""Made-up pyproject.toml files for uv, and changes to them."""

import copy
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from sparkferry.process import tool
from support.wheels import make_wheel

Document = dict[str, Any]

REQUIREMENTS = (
    "alpha",
    "alpha>=1",
    "alpha >=1.0, <3",
    "Beta~=1.0",
    "beta!=1.5,>=1",
    "beta==1.*; python_version >= '3.12'",
    "gam.ma[Fast,slow]",
    "gam-ma[fast]>=1; sys_platform == 'win32' and python_version < '3.13'",
    "delta; os_name == 'posix' or platform_machine == 'x86_64'",
    "delta>=1; python_full_version >= '3.12.3'",
    "delta; python_version > '3.11' and python_version < '3.14'",
    "alpha<2; platform_python_implementation == 'CPython'",
    "delta; implementation_name == 'cpython' and sys_platform != 'darwin'",
    "delta; python_version in '3.12 3.13'",
    "alpha>=1 ; 'linux' in sys_platform",
)
PYTHONS = (">=3.11", ">=3.11,<3.14", "==3.12.*", ">=3.12.1", "~=3.11", ">=3.11,!=3.12.2", ">3.11")
SOURCES: tuple[tuple[str, Any], ...] = (
    ("alpha", {"path": "local/alpha"}),
    ("alpha", {"path": "local/alpha", "editable": True}),
    ("alpha", [{"path": "local/alpha", "marker": "sys_platform == 'linux'"}]),
    ("alpha", {"index": "other"}),
    ("delta", {"path": "served/delta-1.0-py3-none-any.whl"}),
    ("delta", {"index": "other"}),
    ("delta", [{"index": "other", "marker": "python_version >= '3.13'"}]),
    ("alpha", {"index": "other", "extra": "one"}),
    ("alpha", {"index": "other", "group": "dev"}),
    ("gam-ma", {"workspace": True}),
)
SETTINGS: tuple[tuple[str, Any], ...] = (
    ("constraint-dependencies", ["alpha<9"]),
    ("constraint-dependencies", ["alpha<9", "beta<8; sys_platform == 'linux'"]),
    ("override-dependencies", ["beta>=1"]),
    ("build-constraint-dependencies", ["setuptools<99"]),
    ("dev-dependencies", ["delta", "beta"]),
    ("environments", ["sys_platform == 'linux'", "sys_platform == 'darwin'"]),
    ("required-environments", ["sys_platform == 'linux' and platform_machine == 'x86_64'"]),
    ("conflicts", [[{"extra": "one"}, {"extra": "two"}]]),
    ("package", False),
    ("resolution", "lowest-direct"),
    ("prerelease", "allow"),
    ("fork-strategy", "fewest"),
    ("exclude-dependencies", ["epsilon"]),
    ("default-groups", ["dev"]),
)

_SOME = st.lists(st.sampled_from(REQUIREMENTS), max_size=4, unique=True)
_EXTRAS = st.fixed_dictionaries({}, optional={"one": _SOME, "Two_More": _SOME, "two": _SOME})
_GROUPS = st.fixed_dictionaries(
    {}, optional={"dev": _SOME, "Test.Group": _SOME, "empty": st.just([])}
)


@st.composite
def pyprojects(draw: st.DrawFn) -> Document:
    """Draw a project; not all of them can be locked."""
    extras, groups = draw(_EXTRAS), draw(_GROUPS)
    if "one" in extras and draw(st.booleans()):
        extras["all"] = ["demo[one]", *draw(_SOME)]
    if "dev" in groups and draw(st.booleans()):
        groups["both"] = ["alpha", {"include-group": "dev"}]
    uv = dict(draw(st.lists(st.sampled_from(SETTINGS), max_size=2, unique_by=lambda item: item[0])))
    sources = draw(st.lists(st.sampled_from(SOURCES), max_size=2, unique_by=lambda item: item[0]))
    document: Document = {
        "project": {
            "name": "demo",
            "version": "0.1",
            "requires-python": draw(st.sampled_from(PYTHONS)),
            "dependencies": draw(_SOME),
            "optional-dependencies": extras,
        },
        "dependency-groups": groups,
        "tool": {"uv": {**uv, "sources": dict(sources)}},
    }
    if draw(st.booleans()):
        document["build-system"] = {"requires": ["hatchling"], "build-backend": "hatchling.build"}
    if draw(st.booleans()):
        document["tool"]["uv"]["workspace"] = {
            "members": ["packages/*"],
            "exclude": ["packages/not"],
        }
    return document


Change = Callable[[Document, st.DrawFn], None]


def _add(document: Document, draw: st.DrawFn) -> None:
    document["project"]["dependencies"].append(draw(st.sampled_from(REQUIREMENTS)))


def _remove(document: Document, draw: st.DrawFn) -> None:
    listed = document["project"]["dependencies"]
    if listed:
        listed.pop(draw(st.integers(0, len(listed) - 1)))


def _replace(document: Document, draw: st.DrawFn) -> None:
    lists = [
        document["project"]["dependencies"],
        *document["project"]["optional-dependencies"].values(),
        *document["dependency-groups"].values(),
    ]
    listed = draw(st.sampled_from(lists))
    if listed:
        listed[draw(st.integers(0, len(listed) - 1))] = draw(st.sampled_from(REQUIREMENTS))


def _extra(document: Document, draw: st.DrawFn) -> None:
    document["project"]["optional-dependencies"]["new"] = draw(_SOME)


def _group(document: Document, draw: st.DrawFn) -> None:
    document["dependency-groups"]["new"] = draw(_SOME)


def _python(document: Document, draw: st.DrawFn) -> None:
    document["project"]["requires-python"] = draw(st.sampled_from(PYTHONS))


def _source(document: Document, draw: st.DrawFn) -> None:
    name, source = draw(st.sampled_from(SOURCES))
    document["tool"]["uv"]["sources"][name] = source


def _no_source(document: Document, draw: st.DrawFn) -> None:
    document["tool"]["uv"]["sources"] = {}


def _setting(document: Document, draw: st.DrawFn) -> None:
    name, value = draw(st.sampled_from(SETTINGS))
    document["tool"]["uv"][name] = value


def _version(document: Document, draw: st.DrawFn) -> None:
    document["project"]["version"] = draw(st.sampled_from(("0.1", "0.1.0", "0.2")))


def _build(document: Document, draw: st.DrawFn) -> None:
    document["build-system"] = {"requires": ["hatchling"], "build-backend": "hatchling.build"}


CHANGES: tuple[Change, ...] = (
    _add,
    _remove,
    _replace,
    _extra,
    _group,
    _python,
    _source,
    _no_source,
    _setting,
    _version,
    _build,
)


@st.composite
def changed(draw: st.DrawFn, document: Document) -> Document:
    """Draw the project with one change, which may come to the same."""
    other = copy.deepcopy(document)
    draw(st.sampled_from(CHANGES))(other, draw)
    return other


def toml(document: Document) -> str:
    """Return the document as TOML."""
    lines = []
    for path, table in _tables(document, ()):
        lines.append(f"[{'.'.join(path)}]")
        lines += [f"{json.dumps(key)} = {_value(value)}" for key, value in table.items()]
    return "\n".join(lines) + "\n"


def _tables(document: Document, above: tuple[str, ...]) -> list[tuple[tuple[str, ...], Document]]:
    plain = {key: value for key, value in document.items() if not isinstance(value, dict)}
    found = [(above, plain)] if above and (plain or not document) else []
    for key, value in document.items():
        if isinstance(value, dict):
            inline = above[-1:] == ("sources",)
            found += [] if inline else _tables(value, (*above, key))
    if above[-1:] == ("sources",):
        return [(above, document)]
    return found


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value)


def serve(directory: Path) -> None:
    """Write the wheels of an index for all that :data:`REQUIREMENTS` name."""
    for name in ("alpha", "beta", "delta"):
        for version in ("1.0", "1.5", "2.0"):
            make_wheel(directory, name, version)
    make_wheel(directory, "gam-ma", "1.0")
    make_wheel(directory, "hatchling", "1.0")


def surround(root: Path) -> None:
    """Write the directories and files that :data:`SOURCES` name."""
    for place, name in (("local/alpha", "alpha"), ("packages/gamma", "gam-ma")):
        directory = root / place
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "pyproject.toml").write_text(
            f'[project]\nname = "{name}"\nversion = "1.0"\nrequires-python = ">=3.11"\n'
            'dependencies = ["beta"]\noptional-dependencies.fast = ["delta"]\n'
            "optional-dependencies.slow = []\n"
        )
    make_wheel(root / "served", "delta", "1.0")


def lock(root: Path, environ: dict[str, str], *options: str) -> subprocess.CompletedProcess[bytes]:
    """Run the real ``uv lock``."""
    return subprocess.run(
        [tool("uv"), "lock", *options], cwd=root, env=environ, capture_output=True, check=False
    )
