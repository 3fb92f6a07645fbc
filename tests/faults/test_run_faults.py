"""Packs and runs that are killed, meet a full disk or a damaged cache, or come two at once."""

import random
import signal
import time
from pathlib import Path

import pytest

KILLS = 4
DISK_MEGABYTES = 16


@pytest.fixture
def packer(cold_cli, tmp_path):
    """A user with a new cache, in which only the wheels are at hand."""
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "wheels").symlink_to(cold_cli.cache / "wheels")
    return cold_cli.with_("targets.local.workers=0", cache=cache, state=tmp_path / "state")


@pytest.fixture(scope="session")
def expected(cold_cli) -> dict[str, str]:
    """Digest of each layer."""
    return digests(cold_cli("pack").stdout)


def digests(stdout: str) -> dict[str, str]:
    return {line.split()[0]: line.split()[1] for line in stdout.splitlines()}


def kill_within(process, seconds: float) -> None:
    """Kill -9 at some moment."""
    with process:
        time.sleep(random.uniform(0.2, seconds))
        process.send_signal(signal.SIGKILL)
        process.communicate()


def test_a_pack_that_is_killed_is_made_whole_by_the_next(packer, expected):
    for _ in range(KILLS):
        kill_within(packer.start("pack"), 4)
    assert digests(packer("pack").stdout) == expected
    packer("gc", "--dry-run")
    packer("gc")
    assert list((packer.cache / "tmp").iterdir()) == []
    assert digests(packer("pack").stdout) == expected


def test_two_packs_at_once_make_the_same(packer, expected):
    processes = [packer.start("pack") for _ in range(2)]
    for process in processes:
        done = packer.end(process)
        assert (done.code, digests(done.stdout)) == (0, expected), done.stderr
    assert list((packer.cache / "tmp").iterdir()) == []


def test_a_truncated_layer_is_made_again(packer, expected):
    paths = [Path(line.split()[3]) for line in packer("pack").stdout.splitlines()]
    for path in paths:
        path.chmod(0o644)
        with path.open("r+b") as stream:
            stream.truncate(1000)
    done = packer("pack")
    assert digests(done.stdout) == expected
    for line in done.stdout.splitlines():
        assert Path(line.split()[3]).stat().st_size == int(line.split()[2])


@pytest.mark.spark
def test_runs_that_are_killed_are_told_and_the_next_succeeds(cold_cli, tmp_path):
    sailor = cold_cli.with_(
        "targets.local.workers=0",
        f"targets.local.store={tmp_path / 'store'}",
        state=tmp_path / "state",
    )
    for _ in range(KILLS):
        kill_within(sailor.start("run", "table"), 6)
        sailor.no_process_left(30)
    states = {row["run"]: row["state"] for row in sailor("runs", "--json").json}
    assert set(states.values()) <= {"planned", "submitting", "lost"}
    assert sailor.outcome("table")["state"] == "succeeded"
    sailor.no_process_left()


@pytest.mark.spark
def test_two_runs_at_once_share_the_warm_cluster(warm_cli):
    processes = [warm_cli.start("run", "--json", "table") for _ in range(2)]
    told = [warm_cli.end(process).json for process in processes]
    assert [one["state"] for one in told] == ["succeeded", "succeeded"]
    assert told[0]["run_id"] != told[1]["run_id"]


def test_a_full_disk_of_the_cache_is_said(packer, small_disk):
    cache = small_disk / "cache"
    cache.mkdir()
    (cache / "wheels").symlink_to(packer.cache / "wheels")
    done = packer.with_(cache=cache)("pack", code=3)
    assert "its disk is full" in done.stderr
    assert "sparkferry gc" in done.stderr
    assert list((cache / "tmp").iterdir()) == []
    kept = [path for path in cache.glob("layers/*/*") if path.name != ".size"]
    for path in kept:
        assert path.stat().st_size == int((path.parent / ".size").read_text())


def test_a_full_disk_of_the_store_is_said(cold_cli, small_disk, tmp_path):
    sailor = cold_cli.with_(f"targets.local.store={small_disk / 'store'}", state=tmp_path / "state")
    done = sailor("run", "table", code=3)
    assert "No space left on device" in done.stderr
    assert "hint: free space" in done.stderr
    assert sailor("runs").stdout == ""
    assert list((small_disk / "store/.staging").iterdir()) == []
