"""A warm cluster from its start to its end, a worker lost in between."""

from contextlib import suppress

import psutil
import pytest

from support.cli import wait

pytestmark = pytest.mark.spark


def test_a_cluster_that_loses_a_worker_goes_on_and_goes_down_whole(alone):
    master = alone("cluster up").stdout
    assert alone("cluster up").stdout == master
    assert [row["master"] for row in alone("cluster status", "--json").json] == [master.strip()]

    process = alone.start("run", "--json", "waits", "--set", "seconds=6", "--set", "tasks=4")
    assert wait(lambda: workers(alone, "CoarseGrainedExecutorBackend") or None)
    victim = workers(alone, "deploy.worker.Worker")[0]
    victim.kill()
    told = alone.end(process).json
    assert (told["state"], told["result"]) == ("succeeded", "waited")
    ids = alone("status", "--json", told["run_id"]).json["ids"]
    assert ids["master"] == master.strip()

    other = alone.with_("targets.local.memory=600m")("cluster down")
    assert other.stdout == ""
    assert (
        f"{master.strip()} goes on: it has other settings (memory 512m, not 600m)" in other.stderr
    )
    assert "sparkferry cluster down --all" in other.stderr
    assert alone("cluster down").stdout == master
    assert alone("cluster status").stdout == ""
    alone.no_process_left()


def workers(warm_cli, name):
    """Return the virtual machines of that class."""
    found = []
    for item in warm_cli.living():
        with suppress(psutil.NoSuchProcess):  # it has ended since
            found += [item] if any(name in word for word in item.cmdline()) else []
    return found
