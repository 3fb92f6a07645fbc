"""PEP 751's selection, with the oldest and the newest `packaging` alike."""

import pytest

from sparkferry.errors import DiagnosticsError
from sparkferry.layers.locks.selection import select
from sparkferry.layers.model import Environment
from support.wheels import make_wheel

PY312 = Environment(python="3.12", platform="linux/amd64", glibc=(2, 31))
HASHES = f'hashes = {{ sha256 = "{"0" * 64}" }}'


def names(project, cache):
    return [pin.name for pin in select(project, PY312, cache).pins]


@pytest.fixture
def served(laptop):
    for name in ("alpha", "beta", "gamma"):
        make_wheel(laptop.index.directory, name)


def test_groups_and_extras_of_uv_that_are_written_in_another_way(served, laptop, cache):
    extra = (
        "[project.optional-dependencies]\nfast_io = ['beta']\n"
        "[dependency-groups]\nNight_Jobs = ['gamma']\n"
    )
    project = laptop.project("alpha", extra=extra, groups=("Night-Jobs",), extras=("Fast-IO",))
    laptop.uv("lock")
    assert names(project, cache) == ["alpha", "beta", "gamma"]


PYLOCK = f"""lock-version = "1.0"
created-by = "hand"
extras = ["fast-io"]
dependency-groups = ["night-jobs"]
[[packages]]
name = "alpha"
version = "1.0"
marker = "'fast-io' in extras and 'night-jobs' in dependency_groups"
wheels = [{{ url = "https://example.invalid/alpha-1.0-py3-none-any.whl", {HASHES} }}]
"""


def test_groups_and_extras_of_a_pylock_that_are_written_in_another_way(laptop, cache):
    laptop.write("pylock.toml", PYLOCK)
    project = laptop.project(groups=("Night.Jobs",), extras=("Fast_IO",))
    assert names(project, cache) == ["alpha"]
    assert names(laptop.project(), cache) == []


AMBIGUOUS = f"""lock-version = "1.0"
created-by = "hand"
[[packages]]
name = "alpha"
version = "1.0"
wheels = [{{ url = "https://example.invalid/alpha-1.0-py3-none-any.whl", {HASHES} }}]
[[packages]]
name = "alpha"
version = "2.0"
marker = "python_version > '3'"
wheels = [{{ url = "https://example.invalid/alpha-2.0-py3-none-any.whl", {HASHES} }}]
"""


def test_a_reason_that_is_not_about_a_wheel_is_told_as_it_is(laptop, cache):
    laptop.write("pylock.toml", AMBIGUOUS)
    with pytest.raises(DiagnosticsError) as caught:
        select(laptop.project(), PY312, cache)
    (found,) = caught.value.diagnostics
    assert "Multiple packages with the name 'alpha'" in found.message
    assert "no wheel" not in found.message


def test_a_python_that_a_package_does_not_take_is_told_even_where_it_has_wheels(laptop, cache):
    laptop.write(
        "pylock.toml",
        'lock-version = "1.0"\ncreated-by = "hand"\n[[packages]]\nname = "alpha"\nversion = "1.0"\n'
        'requires-python = ">=3.13"\n'
        f'wheels = [{{ url = "https://example.invalid/alpha-1.0-py3-none-any.whl", {HASHES} }}]\n',
    )
    with pytest.raises(DiagnosticsError) as caught:
        select(laptop.project(), PY312, cache)
    assert "could not select `alpha`: 1.0 needs Python >=3.13" in str(caught.value.diagnostics[0])
