import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparkferry.image.tags import Called, image_for, tag_of

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def called(branch="main", custom=None, releases=(), commit=COMMIT):
    return Called(branch=branch, custom=custom, releases=releases, commit=commit)


def test_what_the_user_asks_for_comes_first_then_the_branch_then_the_release():
    assert tag_of(called(custom="Mine_1", releases=("v1.2",))) == "Mine_1"
    assert tag_of(called(releases=("v1.2",))) == "main"
    assert tag_of(called("detached", releases=("v1.2",))) == "v1.2"


def test_branches_that_look_alike_have_tags_of_their_own():
    assert len({tag_of(called(name)) for name in ("feat/a", "feat-a", "feat_a", "Feat/A")}) == 4


def test_no_branch_makes_latest():
    assert tag_of(called("latest")).startswith("latest-")
    assert tag_of(called(custom="latest")) == "latest"


@pytest.mark.parametrize(
    ("releases", "tag"),
    [
        (("v1.9", "v1.10", "nightly"), "v1.10"),
        (("1.0", "1.0-rc1"), "1.0"),
        (("3",), "commit.0123456789ab"),
        (("1.0+local",), "commit.0123456789ab"),
        ((), "commit.0123456789ab"),
    ],
)
def test_a_detached_head_is_the_newest_release_else_the_commit(releases, tag):
    assert tag_of(called("detached", releases=releases)) == tag


def test_outside_of_a_repository():
    assert tag_of(called("no-git", commit=None)) == "commit.none"


@given(st.text(min_size=1))
def test_every_branch_has_a_tag_that_registries_take_and_no_release_has(branch):
    tag = tag_of(called(branch))
    assert re.fullmatch(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}", tag)
    assert tag != "latest"
    assert "." not in tag or branch in {"detached", "no-git"}


def test_a_branch_without_an_image_has_that_of_develop():
    assert image_for("feat/a", {"develop", "main"}) == "develop"
    assert image_for("main", {"develop", "main"}) == "main"
    assert image_for("main", {"other"}) is None
