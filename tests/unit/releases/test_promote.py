from datetime import timedelta

import pytest
from tests.unit.releases.conftest import make_release

from sparkferry.base.cache import Cache
from sparkferry.env import Env
from sparkferry.errors import DiagnosticsError, ExternalError
from sparkferry.releases.model import encode_release, read_release, release_key
from sparkferry.releases.promote import Terms, promote, promotions
from sparkferry.releases.verify import verify_release
from sparkferry.runs.deletion import LEASES
from support.plans import make_plan

TERMS = Terms(tier="prod")


@pytest.fixture
def env(tmp_path, ledger) -> Env:
    return Env(cache=Cache(tmp_path / "cache"), clock=ledger.clock, environ={"USER": "ben"})


def test_everything_is_copied_and_recorded(ledger, production, release, env, tmp_path):
    record = promote("1.0.0", ledger, production, TERMS, env)
    assert (record.user, record.origin) == ("ben", ledger.store.url)
    assert read_release(production.store, "1.0.0") == release
    assert production.store.get(release_key("1.0.0")) == ledger.store.get(release_key("1.0.0"))
    assert list(promotions(production.store, "1.0.0")) == [record]
    found = verify_release(production.store, release, tmp_path, env)
    assert (found.problems, found.signer, found.promotions) == ((), None, (record,))
    assert list(production.store.list(LEASES)) == []


def test_promoting_again_copies_nothing(ledger, production, release, env):
    promote("1.0.0", ledger, production, TERMS, env)
    before = {entry.key: entry.modified for entry in production.store.list("layers/")}
    promote("1.0.0", ledger, production, TERMS, env)
    assert {entry.key: entry.modified for entry in production.store.list("layers/")} == before
    assert len(list(promotions(production.store, "1.0.0"))) == 2


def test_a_layer_that_was_changed(ledger, production, release, env, tmp_path):
    [key, *_] = release.layer_keys()
    ledger.store.delete(key)
    ledger.store.put(key, b"else")
    with pytest.raises(ExternalError, match=f"could not promote `{key}`: its SHA-256 in"):
        promote("1.0.0", ledger, production, TERMS, env)
    assert not production.store.exists(key)
    assert not production.store.exists(release_key("1.0.0"))
    found = verify_release(ledger.store, release, tmp_path, env)
    assert found.problems == (f"`{key}` is not what its digest says",)
    ledger.store.delete(key)
    found = verify_release(ledger.store, release, tmp_path, env)
    assert found.problems == (f"`{key}` is not in the store",)


def test_another_release_of_that_name(ledger, production, release, env):
    other = make_release(notes="Another.")
    production.store.put(release_key("1.0.0"), encode_release(other))
    with pytest.raises(ExternalError, match="has another release of that name"):
        promote("1.0.0", ledger, production, TERMS, env)
    assert read_release(production.store, "1.0.0") == other


def test_conditions_that_do_not_hold(ledger, production, release, env):
    ledger.create(make_plan("pi-1", release="0.9.0"))
    terms = Terms(tier="prod", soak=timedelta(hours=24), run="pi-1")
    with pytest.raises(DiagnosticsError) as caught:
        promote("1.0.0", ledger, production, terms, env)
    assert [item.message for item in caught.value.errors] == [
        "the release is 1.0 hours old, and 24.0 hours are asked for",
        "`pi-1` is a run of the release `0.9.0`",
    ]
    assert list(production.store.list()) == []


def test_a_run_that_proves_it(ledger, production, release, env):
    ledger.create(make_plan("pi-1", release="1.0.0"))
    terms = Terms(tier="prod", soak=timedelta(minutes=30), run="pi-1")
    with pytest.raises(DiagnosticsError, match="1 problem"):
        promote("1.0.0", ledger, production, terms, env)
    ledger.record_state("pi-1", "failed")
    with pytest.raises(DiagnosticsError):
        promote("1.0.0", ledger, production, terms, env)
    ledger.create(make_plan("pi-2", release="1.0.0"))
    ledger.record_state("pi-2", "submitting")
    ledger.record_state("pi-2", "submitted")
    ledger.record_state("pi-2", "succeeded")
    record = promote("1.0.0", ledger, production, Terms(tier="prod", run="pi-2"), env)
    assert record.checks == ("every layer has its digest", "the run pi-2 of it succeeded")
