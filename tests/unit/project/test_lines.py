import pytest

from sparkferry.project.lines import locate

TEXT = """\
a = 1
b.c = '''
d = 2
[x]
''' # ]
"quoted . key" = [ # [
  1, { e = 3 },
]

[t . u]
v = { w = 1, "x y".z = 2 }
[t]
[[many]]
one = 1
[many.below]
two = 2
[[many]]
one = 2
[[many.inner]]
three = 3
"""

PLACES = {
    ("a",): 1,
    ("b",): 2,
    ("b", "c"): 2,
    ("quoted . key",): 6,
    ("quoted . key", 0): 7,
    ("quoted . key", 1, "e"): 7,
    ("t", "u"): 10,
    ("t", "u", "v", "x y", "z"): 11,
    ("t",): 12,
    ("many",): 13,
    ("many", 0, "below", "two"): 16,
    ("many", 1, "one"): 18,
    ("many", 1, "inner", 0, "three"): 20,
}


@pytest.mark.parametrize(("path", "line"), PLACES.items())
def test_a_key_is_found(path, line):
    assert locate(TEXT).of(path) == line


def test_what_is_not_there_is_at_the_table_above_or_at_the_top():
    lines = locate(TEXT)
    assert lines.of(("t", "u", "nothing", "at all")) == 10
    assert lines.of(("nothing",)) == 1


def test_a_dotted_name_finds_the_tables_that_it_is_made_of():
    assert locate("[conf]\nspark.executor.memory = 1\n").of(("conf", "spark.executor.memory")) == 2


def test_what_is_not_toml_is_refused():
    with pytest.raises(ValueError, match="line 2"):
        locate("a = 1\n= 2")
