"""A run is asked for where it was started: elsewhere nothing is known, least of all that it is lost."""

import pytest

from sparkferry.base.cache import Cache
from sparkferry.errors import WorldError
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.targets.local.target import EmbeddedTarget


@pytest.fixture
def target(tmp_path, monkeypatch):
    monkeypatch.setenv("SPARKFERRY_STATE_DIR", str(tmp_path / "state"))
    return EmbeddedTarget(LocalTarget(), Cache(tmp_path / "cache"))


@pytest.mark.parametrize("place", ["elsewhere:/srv/state", "elsewhere:", "@"])
def test_a_run_of_another_place_is_not_judged(target, place):
    for ask in (target.status, target.cancel, target.collect, target.release):
        with pytest.raises(WorldError, match="it was started at"):
            ask(f"local:pi-1@{place}")


def test_a_run_of_this_place_that_is_gone_is_lost(target):
    assert target.status("local:pi-1").state == "lost"
