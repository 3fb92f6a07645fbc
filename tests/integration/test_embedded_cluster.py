"""What a warm cluster shows to others: its secret, its ports; and what its archive says."""

import json
import os
import stat
import subprocess
from pathlib import Path

import psutil
import pytest

from sparkferry.base.cache import Cache
from sparkferry.env import Env
from sparkferry.spark.class_data import find_class_data
from sparkferry.spark.installation import Installation, Wanted, find_installation
from sparkferry.spark.jvm import shared_class_data

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def installation(spark_cache: Cache) -> Installation:
    return find_installation(
        Wanted(version="4.0.5", class_data=True), Env(cache=spark_cache, environ=os.environ)
    )


def test_the_secret_is_for_the_user_alone(warm_cli):
    [properties] = warm_cli.state.glob("clusters/*/spark.properties")
    assert stat.S_IMODE(properties.stat().st_mode) == 0o600
    secret = next(
        line.partition("=")[2]
        for line in properties.read_text().splitlines()
        if line.startswith("spark.authenticate.secret=")
    )
    assert len(secret) == 64
    outcome = warm_cli.outcome("table")
    assert outcome["state"] == "succeeded"
    for process in warm_cli.living():
        assert secret not in " ".join(process.cmdline())
    logs = warm_cli("logs", outcome["run_id"]).stdout
    told = warm_cli("logs", outcome["run_id"], "--json").stdout.splitlines()
    assert [json.loads(line)["line"] for line in told] == logs.removesuffix("\n").split("\n")
    assert secret not in logs
    written = [path for path in warm_cli.state.rglob("*") if path.is_file() and path != properties]
    assert [path for path in written if secret.encode() in path.read_bytes()] == []


def test_everything_listens_on_the_loopback_interface_alone(warm_cli):
    addresses = {
        connection.laddr.ip.removeprefix("::ffff:")
        for process in warm_cli.living()
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    assert addresses == {"127.0.0.1"}


def test_a_run_leaves_no_file_in_a_warm_cluster(warm_cli):
    warm_cli("run", "table")
    assert list(warm_cli.state.glob("clusters/*/worker-*/work/app-*")) == []
    assert list(warm_cli.state.glob("runs/*")) == []


def java_says(installation: Installation, archive: Path) -> str:
    """Return what a virtual machine with Spark's jars and ``archive`` complains of."""
    java = str(installation.java.home / "bin/java")
    jars = ("-cp", f"{installation.home.path}/jars/*")
    argv = [java, *shared_class_data(archive), *jars, "--version"]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stderr


def test_an_archive_that_does_not_fit_is_ignored_without_a_word(warm_cli, installation, tmp_path):
    made = find_class_data(installation.home, installation.java, Cache(warm_cli.cache))
    assert made
    assert made.spark
    (tmp_path / "noise.jsa").write_bytes(b"noise" * 1000)
    # Of another class path, missing, no archive at all.
    for archive in (made.spark, tmp_path / "none", tmp_path / "noise.jsa"):
        assert java_says(installation, archive) == ""
