import json
from datetime import timedelta

import msgspec
import pytest
from tests.unit.releases.conftest import make_release, publish

from sparkferry.errors import UserError
from sparkferry.releases.diff import diff_releases
from sparkferry.releases.model import (
    Default,
    decode_release,
    defaults,
    encode_release,
    latest,
    move_latest,
    read_release,
    referred_keys,
)
from sparkferry.releases.provenance import statement
from sparkferry.runs.errors import UnreadableError
from sparkferry.runs.gc import LAYERS, collect_garbage


def test_a_record_is_read_as_it_was_written(release):
    assert decode_release(encode_release(release), "key") == release


def test_a_record_of_a_newer_sparkferry():
    newer = encode_release(make_release(version=99))
    with pytest.raises(UnreadableError, match="it has version 99"):
        decode_release(newer, "releases/1.json")


def test_keys_of_a_newer_sparkferry_are_passed_over(release):
    tree = json.loads(encode_release(release))
    tree["jobs"]["pi"]["later"] = 1
    tree["later"] = 2
    assert decode_release(json.dumps(tree).encode(), "key") == release


def test_a_release_that_is_not_there(ledger, release):
    with pytest.raises(UserError, match=r"could not find the release `1\.0\.1`") as caught:
        read_release(ledger.store, "1.0.1")
    assert caught.value.hint == "did you mean `1.0.0`?"


def test_what_latest_means(ledger, release):
    with pytest.raises(UserError, match="none was made the default"):
        read_release(ledger.store, "latest")
    publish(ledger, make_release("1.1.0"))
    for name in ("1.0.0", "1.1.0", "1.0.0"):
        move_latest(ledger.store, Default(name=name, at="2026-01-01T00:00:00+00:00", user="ada"))
        assert latest(ledger.store) == name
    assert read_release(ledger.store, "latest").name == "1.0.0"
    assert [item.name for item in defaults(ledger.store)] == ["1.0.0", "1.1.0", "1.0.0"]


def test_a_target_that_it_was_not_made_for(release):
    with pytest.raises(UserError, match="it was not made for it"):
        release.plan("other")


def test_garbage_collection_leaves_what_releases_refer_to(ledger, release):
    age, others = timedelta(days=-1000), lambda: referred_keys(ledger.store)
    assert collect_garbage(ledger, age, others=others) == ()
    assert {entry.key for entry in ledger.store.list(LAYERS)} == release.layer_keys()
    assert len(collect_garbage(ledger, age)) == 3


def test_the_difference_of_two(release):
    job = msgspec.structs.replace(release.jobs["pi"], args={"points": 20})
    other = make_release("1.1.0", jobs={"pi": job})
    [change] = diff_releases(release, other)
    assert (change.section, change.name) == ("jobs", "pi")
    assert diff_releases(release, make_release("2")) == ()


def test_the_statement_names_every_layer(release):
    said = statement(release, encode_release(release))
    digests = {item["digest"]["sha256"] for item in said["subject"]}
    assert {key.split("/")[1] for key in release.layer_keys()} < digests
    assert said["predicate"]["buildDefinition"]["resolvedDependencies"][0]["digest"] == {
        "gitCommit": release.source.head
    }
