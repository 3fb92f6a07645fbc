import pytest

from sparkferry.image.debian.relation import (
    Relation,
    parse_relations,
    provides_for,
    text_of,
)


def test_alternatives_versions_and_qualifiers():
    first, second = parse_relations("libc6 (>= 2.36), python3:any (<< 4) |\n perl")
    assert first == (Relation(name="libc6", relation=">=", version="2.36"),)
    assert [item.name for item in second] == ["python3", "perl"]
    assert second[0].qualifier == "any"
    assert text_of(second) == "python3:any (<< 4) | perl"


def test_nothing_is_no_group():
    assert parse_relations("") == ()
    assert parse_relations("a, ,b,") == parse_relations("a,b")


def test_what_policy_does_not_allow_is_refused():
    with pytest.raises(ValueError, match="`a b` is not a relation"):
        parse_relations("a b")


@pytest.mark.parametrize(
    ("qualifier", "fits"), [("", True), ("any", True), ("amd64", True), ("arm64", False)]
)
def test_a_qualifier_is_of_the_images_architecture(qualifier, fits):
    assert Relation(name="a", qualifier=qualifier).fits("amd64") == fits


@pytest.mark.parametrize(
    ("wanted", "provides", "will_do"),
    [
        ("awk", "awk", True),
        ("awk", "gawk", False),
        ("awk (>= 1)", "awk", False),
        ("awk (>= 1)", "awk (= 2)", True),
        ("awk (>= 3)", "nawk, awk (= 2)", False),
    ],
)
def test_provides_satisfy_versions_only_with_a_version(wanted, provides, will_do):
    ((relation,),) = parse_relations(wanted)
    assert provides_for(relation, provides) == will_do
