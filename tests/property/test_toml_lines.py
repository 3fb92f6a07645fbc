import tomllib

from hypothesis import given
from hypothesis import strategies as st

from sparkferry.project.lines import locate

KEYS = st.one_of(
    st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True),
    st.text(alphabet="ab.=#[]{}\" 'é", max_size=6).map(
        lambda text: '"' + text.replace('"', '\\"') + '"'
    ),
    st.text(alphabet='ab.=#[]{}" é', max_size=6).map(lambda text: f"'{text}'"),
)
SCALARS = st.one_of(
    st.integers().map(str),
    st.sampled_from(
        [
            "true",
            "1979-05-27 07:32:00",
            "07:32:00",
            "-inf",
            '"a # \\" = ["',
            "'it = {'",
            '"""\nx = 1\n[t]\n"""',
            '"""two quotes: """""',
            '"""\\""" y = 2"""',
            "'''\n[a]\nb = '' 3'''''",
        ]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[ # one\n" + ",\n ".join(items) + "\n]"),
        st.dictionaries(KEYS, inner, max_size=3).map(
            lambda table: "{ " + ", ".join(f"{k} = {v}" for k, v in table.items()) + " }"
        ),
    ),
    max_leaves=6,
)
DOTTED = st.lists(KEYS, min_size=1, max_size=3).map(" . ".join)
LINES = st.one_of(
    st.builds(lambda key, value: f"{key} = {value}  # said", DOTTED, VALUES),
    DOTTED.map(lambda key: f"[{key}]"),
    DOTTED.map(lambda key: f"[[ {key} ]] # = ["),
    st.sampled_from(["", "# [x] = 1", "\t"]),
)


def keys(value, path=()):
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from keys(inner, (*path, key))


def valid(lines, newline):
    """Return the lines of a document, each kept only if the document stays valid with it."""
    read_saved = []
    for line in lines:
        try:
            tomllib.loads(newline.join([*read_saved, line]))
        except tomllib.TOMLDecodeError:
            continue
        read_saved.append(line)
    return newline.join(read_saved)


@given(st.lists(LINES, max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_every_key_that_tomllib_knows_stands_on_the_line_that_is_given(lines, newline):
    text = valid(lines, newline)
    found = locate(text).found
    assert set(found) == set(keys(tomllib.loads(text)))
    rows = text.split("\n")
    for path, line in found.items():
        if isinstance(key := path[-1], str):
            assert key in rows[line - 1].replace('\\"', '"')
