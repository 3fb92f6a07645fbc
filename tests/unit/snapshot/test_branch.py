import re

import pytest

from sparkferry.snapshot.branch import slug


@pytest.mark.parametrize("branch", ["main", "feat-a", "detached", "no-git", "a" * 40, "1-2"])
def test_a_name_that_serves_is_left_as_it_is(branch: str):
    assert slug(branch) == branch


@pytest.mark.parametrize(
    "branch",
    [
        "feat/a",
        "feat_a",
        "Feat-a",
        "-feat",
        "é",
        "日本",
        "",
        "release",
        "a" * 41,
        "x-0123abcd",
        "a\udcff",
    ],
)
def test_a_name_that_is_changed_gets_a_hash(branch: str):
    assert re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,30})-[0-9a-f]{8}", slug(branch))


def test_names_that_sanitise_to_the_same_differ():
    names = ["feat/a", "feat-a", "feat_a", "feat--a", "FEAT/A", f"{'a' * 40}b", f"{'a' * 40}c"]
    names += [slug(name) for name in names]
    assert len({slug(name) for name in names}) == len(set(names))
