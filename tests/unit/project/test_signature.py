import pytest

from sparkferry.project.signature import check_arguments

HEAD = """\
[project]
name = "titanic"
[tool.sparkferry]
spark = "4.0"
[tool.sparkferry.jobs.survival]
entry = "titanic.jobs:run"
"""


@pytest.fixture
def check(project):
    """Check arguments against the source of the module `titanic.jobs`."""

    def check_source(source, sets=(), *, args="{}", files=(), **choice):
        given = {"src/titanic/__init__.py": "", "src/titanic/jobs.py": source, **dict(files)}
        loaded = project(f"{HEAD}args = {args}\n", files=given, **choice)
        return check_arguments(loaded, "survival", dict(sets))

    return check_source


def messages(found):
    return [item.message for item in found]


KINDS = {
    "nothing": ("x", "x", "any text"),
    "any": ("import typing\n", "x: typing.Any", "any text"),
    "int": ("", "x: int", "8"),
    "float": ("", "x: float = 1.0", "1.5"),
    "bool": ("", "x: bool", "false"),
    "text": ("", 'x: "str"', "a"),
    "optional text": ("", 'x: "str | None"', "a"),
    "path": ("from pathlib import Path as P\n", "x: P", "a/b"),
    "date": ("import datetime as dt\n", "x: dt.date | None = None", "2026-01-31"),
    "datetime": ("from datetime import datetime\n", "x: datetime", "2026-01-31T10:00"),
    "future": (
        "from __future__ import annotations\nfrom typing import List\n",
        "x: List[int]",
        "1",
    ),
    "list": ("", "x: list[int]", "1,2"),
    "tuple": ("", "x: tuple[int, ...]", "[1, 2]"),
    "pair": ("", "x: tuple[int, str]", "1,a"),
    "sequence": ("from collections.abc import Sequence\n", "x: Sequence[int]", "1"),
    "old optional": ("from typing import Optional\n", "x: Optional[int]", "none"),
    "union": ("from typing import Union\n", "x: Union[int, bool]", "true"),
    "literal": ("from typing import Literal\n", 'x: Literal["a", -1]', "-1"),
    "alias": ("from typing import Literal\nMode = Literal['a']\n", "x: Mode", "a"),
    "annotated alias": ("from typing import TypeAlias\nM: TypeAlias = int\n", "x: M", "1"),
    "annotated": ("from typing import Annotated\n", "x: Annotated[int, 'n']", "1"),
    "dict": ("", "x: dict[str, int]", '{"a": 1}'),
    "mapping": ("import collections.abc\n", "x: collections.abc.Mapping[str, int]", '{"a": 1}'),
    "extensions": ("from typing_extensions import Literal\n", "x: Literal['a']", "a"),
    "enum": ("import enum\nclass M(enum.Enum):\n  A = 1\n  B = enum.auto()\n", "x: M", "B"),
    "text enum": ("from enum import StrEnum, auto\nclass M(StrEnum):\n  A = auto()\n", "x: M", "a"),
    "mixed enum": ("from enum import Enum\nclass M(str, Enum):\n  A = 'v'\n", "x: M", "v"),
    "member": (
        "from typing import Literal\nfrom enum import Enum\nclass M(Enum):\n  A = 1\n",
        "x: Literal[M.A]",
        "A",
    ),
    "fallback": (
        (
            "try:\n  from enum import StrEnum\nexcept ImportError:\n  from x import StrEnum\n"
            "finally:\n  pass\nwith open('f') as f:\n  class M(StrEnum):\n    A = 'a'\n"
        ),
        "x: list[M]",
        "a",
    ),
}
TYPED_WRONG = {
    "int": "1.5",
    "float": "one",
    "bool": "maybe",
    "date": "31.01.2026",
    "datetime": "2026",
    "future": "a",
    "list": "1,a",
    "tuple": "[1, null]",
    "pair": "1",
    "sequence": "a",
    "old optional": "a",
    "union": "2.5",
    "literal": "1",
    "alias": "b",
    "annotated alias": "a",
    "annotated": "a",
    "dict": "[1]",
    "mapping": '{"a": "b"}',
    "extensions": "b",
    "enum": "C",
    "text enum": "b",
    "mixed enum": "w",
    "member": "B",
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_right_argument_of_each_type_is_accepted(check, kind):
    head, parameter, value = KINDS[kind]
    assert check(f"{head}\ndef run(spark, *, {parameter}): ...", {"x": value}) == ()


@pytest.mark.parametrize("kind", TYPED_WRONG)
def test_a_wrong_argument_of_each_type_is_refused_at_the_function(check, kind):
    head, parameter, _ = KINDS[kind]
    source = f"{head}\ndef run(spark, *, {parameter}): ..."
    (found,) = check(source, {"x": TYPED_WRONG[kind]})
    line = source.split("\n").index(f"def run(spark, *, {parameter}): ...") + 1
    assert (found.severity, found.file, found.line) == ("error", "src/titanic/jobs.py", line)
    assert "argument `x`" in found.message
    assert found.hint.startswith("`run` takes x: ")


def test_unknown_missing_and_reserved_arguments_are_told_with_what_the_job_takes(check):
    source = "def run(spark, *, source: str, partitions: int = 8, context=None): ..."
    found = check(source, {"sorce": "x", "context": "y"})
    assert messages(found) == [
        "argument `sorce` is unknown: did you mean `source`?",
        "argument `context` cannot be given: sparkferry fills it",
        "argument `source` is missing: the job has no default for it (str)",
    ]
    assert {item.hint for item in found} == {"`run` takes source: str (required), partitions: int"}


def test_a_wrong_argument_of_the_configuration_is_told_at_its_key(check):
    (found,) = check("def run(spark, n: int, m: int): ...", args="{ n = 1.5, m = 2 }")
    assert (found.file, found.line) == ("pyproject.toml", 7)
    assert found.message == "argument `n`: expected an integer, got `1.5`"


def test_the_command_line_takes_the_place_of_the_configuration(check):
    assert check("def run(spark, n: int): ...", {"n": "2"}, args="{ n = 1.5 }") == ()


def test_types_are_found_in_other_modules_of_the_project(check):
    source = (
        "from __future__ import annotations\nimport titanic.deep.kinds\n"
        "from . import modes\nfrom .deep import Level as L\n"
        "def run(spark, a: modes.Mode, b: titanic.deep.kinds.Kind, c: L): ..."
    )
    enum = "from enum import IntEnum\nclass {}(IntEnum):\n  ONE = 1\n"
    files = {
        "src/titanic/modes.py": enum.format("Mode"),
        "src/titanic/deep/__init__.py": "from ..deep.kinds import Kind as Level",
        "src/titanic/deep/kinds.py": enum.format("Kind"),
    }
    assert check(source, {"a": "ONE", "b": "1", "c": "1"}, files=files) == ()
    assert len(check(source, {"a": "2", "b": "2", "c": "2"}, files=files)) == 3


@pytest.mark.parametrize(
    ("head", "annotation"),
    [
        ("from decimal import Decimal\n", "Decimal"),
        ("from dataclasses import dataclass\n@dataclass\nclass Decimal:\n  n: int\n", "Decimal"),
        ("import collections\n", "collections.Counter[str]"),
        ("import typing\n", "typing.NoSuchName"),
    ],
)
def test_a_type_that_is_none_of_arguments_is_refused_when_it_is_given(check, head, annotation):
    source = f"{head}def run(spark, *, x: {annotation} = None): ..."
    assert check(source) == ()
    (found,) = check(source, {"x": "1"})
    assert "is not supported for arguments of jobs" in found.message


@pytest.mark.parametrize(
    "head",
    [
        "from pydantic import Kind\n",
        "from pydantic import *\n",
        "import pydantic\nKind = pydantic.Kind\n",
        "Kind = make()\n",
        "from pydantic import Base\nclass Kind(Base):\n  A = 1\n",
        "from enum import Enum\nclass Kind(Enum):\n  A = compute()\n",
        "from enum import Enum\nclass Kind(Enum):\n  A = 1\n  def __init__(self, n): ...\n",
        "from typing import NewType\nKind = NewType('Kind', int)\n",
        "def Kind(): ...\n",
    ],
)
def test_what_only_an_import_could_tell_is_left_to_the_start_of_the_job(check, head):
    assert check(f"{head}def run(spark, *, x: list[Kind], y: int): ...", {"x": "?", "y": "1"}) == ()


@pytest.mark.parametrize(
    ("head", "annotation", "reason"),
    [
        (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n  from pathlib import Path\n",
            "Path",
            "`Path` is imported under TYPE_CHECKING alone",
        ),
        (
            "import typing as t\nif t.TYPE_CHECKING:\n  import pathlib\nelse:\n  x = 1\n",
            "pathlib.Path",
            "`pathlib` is imported under TYPE_CHECKING alone",
        ),
        ("", "Path", "`Path` is not defined"),
        ("", "'list['", "`list[` is not an expression"),
        ("from titanic.jobs import Path\n", "Path", "`Path` is imported in a circle"),
        ("from enum import Enum\nclass M(int, Enum):\n  A = 'a'\n", "M", "`M` is not a valid Enum"),
    ],
)
def test_an_annotation_that_cannot_be_evaluated_is_told_at_the_parameter(
    check, head, annotation, reason
):
    source = f"{head}def run(\n  spark,\n  *,\n  x: {annotation} = None): ..."
    (found,) = check(source)
    assert (found.file, found.line) == ("src/titanic/jobs.py", len(source.split("\n")))
    assert found.message.startswith(f"could not evaluate the annotation of `x`: {reason}")


def test_what_only_type_checkers_import_may_annotate_the_session(check):
    source = (
        "from __future__ import annotations\nfrom typing import TYPE_CHECKING\n"
        "from pathlib import Path\nif TYPE_CHECKING:\n  from pyspark.sql import SparkSession\n"
        "  from pathlib import Path\ndef run(spark: SparkSession, *, x: Path): ..."
    )
    assert check(source, {"x": "a"}) == ()


@pytest.mark.parametrize(
    ("source", "message", "hint"),
    [
        ("def run(session=None): ...", "`run` has no parameter `spark`", "`def run(spark: SparkS"),
        ("def run(): ...", "`run` has no parameter `spark`", None),
        (
            "def run(a=1, /, spark=None): ...",
            "`a` of `run` cannot be given by name",
            "take the `/`",
        ),
    ],
)
def test_a_function_that_the_runtime_could_not_call_is_refused(check, source, message, hint):
    (fault,) = check(source)
    assert (fault.file, fault.line, fault.message) == ("src/titanic/jobs.py", 1, message)
    assert hint is None or hint in fault.hint


@pytest.mark.parametrize(
    ("source", "message", "hint"),
    [
        ("def rum(spark): ...", "`titanic.jobs` has no function `run`", "did you mean `rum`?"),
        ("x = 1", "`titanic.jobs` has no function `run`", "there are no functions"),
        ("async def run(spark): ...", "`run` of `titanic.jobs` is a coroutine", "without `async`"),
        ("class run: ...", "`run` of `titanic.jobs` is a class", "a job is a function"),
    ],
)
def test_a_function_that_is_not_there_is_told_at_the_entry(check, source, message, hint):
    (found,) = check(source)
    assert (found.severity, found.file, found.line) == ("error", "pyproject.toml", 6)
    assert message in found.message
    assert hint in found.hint


@pytest.mark.parametrize(
    "source",
    ["run = make()", "from pyspark import run", "from pyspark import *", "import run"],
)
def test_a_function_that_cannot_be_read_is_a_warning(check, source):
    (found,) = check(source, {"x": "1"})
    assert (found.severity, found.line) == ("warning", 6)
    assert "could not read the signature of `run` of `titanic.jobs`" in found.message


def test_a_function_is_followed_through_imports_of_the_project(check):
    files = {"src/titanic/impl.py": "\n\ndef start(spark, *, n: int): ..."}
    (found,) = check("from .impl import start as run", {"n": "a"}, files=files)
    assert (found.file, found.line) == ("src/titanic/impl.py", 3)


def test_a_function_that_is_imported_in_a_circle_comes_to_an_end(check):
    files = {"src/titanic/impl.py": "from .jobs import run"}
    (found,) = check("from .impl import run", files=files)
    assert found.severity == "warning"


def test_a_module_that_is_not_python_is_told_with_its_line(check):
    (found,) = check("x = 1\ndef run(spark:\n")
    assert (found.file, found.line) == ("src/titanic/jobs.py", 2)
    assert "not valid Python" in found.message
    (found,) = check("x = '\0'")
    assert found.file == "src/titanic/jobs.py"


@pytest.mark.parametrize(
    ("entry", "hint"),
    [
        ("titanic.job:run", "did you mean `titanic.jobs`?"),
        ("titanik:run", "did you mean `titanic`?"),
        ("xyz.abc:run", "known modules: `titanic`"),
    ],
)
def test_a_module_that_is_not_there_is_told_at_the_entry(check, entry, hint):
    (found,) = check("", overrides=[f"jobs.survival.entry={entry}"])
    assert found.file is None
    assert found.message.startswith("command line: there is no module `")
    assert found.hint == hint


def test_packages_are_found_without_src_and_in_the_configured_source(project):
    job = "def run(spark, n: int): ..."
    flat = project(HEAD, files={"titanic/jobs.py": job})
    assert check_arguments(flat, "survival", {"n": "1"}) == ()
    given = project(HEAD, files={"lib/titanic/jobs.py": job}, overrides=["source=lib"])
    assert check_arguments(given, "survival", {"n": "1"}) == ()


def test_a_job_that_is_not_there_is_told_with_the_nearest(project):
    (found,) = check_arguments(project(HEAD), "survivel", {})
    assert (found.message, found.hint) == (
        "there is no job `survivel`",
        "did you mean `survival`?",
    )


def test_a_script_takes_no_arguments_by_name(project):
    text = HEAD.replace('entry = "titanic.jobs:run"', 'script = "a.py"')
    loaded = project(text, files={"a.py": ""})
    assert check_arguments(loaded, "survival", {}) == ()
    (found,) = check_arguments(loaded, "survival", {"n": "1"})
    assert found.message == "`survival` takes no argument `n`"


def test_nothing_is_imported(check):
    assert check("raise SystemExit\ndef run(spark, n: int): ...", {"n": "1"}) == ()
