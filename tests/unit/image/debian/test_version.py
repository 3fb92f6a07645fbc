"""Versions compare as dpkg itself compares them."""

import subprocess
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sparkferry.image.debian.version import satisfies, version_key

_TEXT = st.text("019abAz.+~", min_size=0, max_size=5)
VERSIONS = st.builds(
    lambda epoch, start, upstream, revision: f"{epoch}{start}{upstream}{revision}",
    st.sampled_from(["", "0:", "1:"]),
    st.sampled_from("0129"),
    _TEXT,
    st.one_of(st.just(""), _TEXT.filter(bool).map(lambda text: f"-{text}")),
)
DPKG = {"<<": "lt-nl", "<=": "le-nl", "=": "eq", ">=": "ge-nl", ">>": "gt-nl"}


def dpkg_says(left, relation, right):
    argv = ["dpkg", "--compare-versions", left, relation, right]
    return subprocess.run(argv, check=False).returncode == 0


@given(VERSIONS, VERSIONS)
@example("0", "0~")
@example("0~", "0-0~")
@settings(max_examples=150, deadline=None)
def test_the_order_is_dpkgs(left, right):
    assert (version_key(left) < version_key(right)) == dpkg_says(left, "lt-nl", right)
    assert (version_key(left) == version_key(right)) == dpkg_says(left, "eq", right)


ASCENDING = [
    "1.0~rc1-1", "1.0", "1.0-0+b1", "1.0-1~deb12u1", "1.0-1", "1.0-1+b8", "1.0a", "1.0+dfsg-1",
    "1.0.1", "1.9", "1.10", "1:0.1",
]  # fmt: skip


@pytest.mark.parametrize(("left", "right"), list(pairwise(ASCENDING)))
def test_versions_of_the_wild(left, right):
    assert version_key(left) < version_key(right)
    assert dpkg_says(left, "lt-nl", right)


@pytest.mark.parametrize("relation", DPKG)
@pytest.mark.parametrize("left", ["1.0-1", "1.0-2", "1.0-1~"])
def test_relations_are_dpkgs(left, relation):
    assert satisfies(left, relation, "1.0-1") == dpkg_says(left, DPKG[relation], "1.0-1")


def test_obsolete_relations_include_equality():
    assert satisfies("1", "<", "1")
    assert satisfies("1", ">", "1")
    assert not satisfies("2", "<", "1")
