"""Requirements that are written differently and ask for the same, and those that do not."""

from pathlib import Path

import pytest

from sparkferry.layers.locks.freshness.compare import differences
from sparkferry.layers.locks.freshness.condition import equal, parse
from sparkferry.layers.locks.freshness.pythons import same_range
from sparkferry.layers.locks.freshness.wanted import from_table, from_text

HERE = Path("/somewhere")

SAME = [
    (["a>=1", "a<3"], ["a<3.0,>=1.0"]),
    (["a"], ["a; sys_platform == 'linux'", "a; sys_platform != 'linux'"]),
    (["a~=1.2"], ["a>=1.2,==1.*"]),
    (["a>=2", "a!=1.5"], ["a>=2"]),
    (["a[x,y]>=1"], ["a[y]>=1", "A[X]"]),
    (["a; python_version > '3.10'"], ["a"]),
    (["a; python_version < '3.10'"], []),
    (["a; python_version >= '3.12'"], ["a; python_full_version >= '3.12'"]),
    (["a; 'linux' in sys_platform"], ["a; sys_platform == 'linux'"]),
    (["a; os_name == 'nt'"], ["a; sys_platform == 'win32'"]),
]
OTHERWISE = [
    (["a>=1"], ["a>1"]),
    (["a==1.0"], ["a==1.0", "a>=0.5"]),
    (["a<2"], ["a<=2"]),
    (["a!=1.5"], ["a"]),
    (["a!=1.5.*"], ["a!=1.5"]),
    (["a[x]"], ["a"]),
    (["a; python_version >= '3.12'"], ["a; python_full_version > '3.12.0'"]),
    (["a; extra == 'x'"], ["a"]),
    (["a", "a; extra == 'x'"], ["a"]),
    (["a; extra == 'x'"], ["a; extra == 'y'"]),
    (["a @ https://example.invalid/a-1.zip"], ["a"]),
    (["a @ git+https://example.invalid/a@v1"], ["a @ git+https://example.invalid/a@v2"]),
    (["a @ git+https://example.invalid/a"], ["a @ git+https://example.invalid/a#subdirectory=b"]),
]


def read(texts: list[str]):
    return [from_text(text, HERE) for text in texts]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same(one, other):
    assert list(differences(read(one), read(other), ">=3.11")) == []


@pytest.mark.parametrize(("one", "other"), OTHERWISE)
def test_something_else(one, other):
    ((name, *_),) = differences(read(one), read(other), ">=3.11")
    assert name == "a"


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("a @ git+https://u:p@Example.invalid/a@v1", {"git": "https://example.invalid/a?rev=v1"}),
        ("a @ git+ssh://git@example.invalid/a.git", {"git": "ssh://git@example.invalid/a.git"}),
        (
            "a @ https://example.invalid:443/a-1.zip#subdirectory=b",
            {"url": "https://example.invalid/a-1.zip", "subdirectory": "b"},
        ),
        ("a @ file:///somewhere/else/a-1.zip", {"path": "else/a-1.zip"}),
    ],
)
def test_direct_references_as_uv_locks_them(text, item):
    locked = from_table({"name": "a", **item}, HERE)
    assert list(differences([from_text(text, HERE)], [locked], ">=3.11")) == []


def test_conditions_of_many_variables_are_compared_within_bounds():
    names = ("platform_machine", "platform_release", "platform_version", "implementation_name")
    text = " or ".join(f"{name} == '{name}{n}'" for name in names for n in range(12))
    assert equal(parse(text), parse(text), ">=3.11")
    assert not equal(parse(text), parse("implementation_name == 'nothing'"), ">=3.11")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ([">=3.11"], [">=3.11.0"], True),
        ([">=3.11", ">=3.12,<4"], [">=3.12,<4.0"], True),
        (["==3.12.*"], [">=3.12,<3.13"], True),
        (["~=3.11"], [">=3.11,<4"], True),
        ([">=3.11,!=3.12.2"], [">=3.11"], True),
        ([">=3.11"], [">3.11"], False),
        ([">=3.11"], [">=3.11,<3.14"], False),
    ],
)
def test_ranges_of_python(one, other, same):
    assert same_range(one, other) is same
