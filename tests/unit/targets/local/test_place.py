"""A run is asked for where it was started: elsewhere nothing is known, least of all that it is lost."""

import pytest

from sparkferry.base.cache import Cache
from sparkferry.env import Env
from sparkferry.errors import ExternalError
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.targets.local.client import LocalClient


@pytest.fixture
def client(tmp_path, monkeypatch):
    monkeypatch.setenv("SPARKFERRY_STATE_DIR", str(tmp_path / "state"))
    return LocalClient(LocalTarget(), Env(cache=Cache(tmp_path / "cache"), environ={}))


@pytest.mark.parametrize("place", ["elsewhere:/srv/state", "elsewhere:", "@"])
def test_a_run_of_another_place_is_not_judged(client, place):
    for ask in (
        client.status,
        client.cancel,
        client.cleanup,
        lambda handle: [*client.outputs(handle)],
    ):
        with pytest.raises(ExternalError, match="it was started at"):
            ask(f"local:pi-1@{place}")


def test_a_run_of_this_place_that_is_gone_is_lost(client):
    assert client.status("local:pi-1").state == "lost"
