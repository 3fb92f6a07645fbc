"""Spark properties that hold secrets, from the settings to the driver and nowhere else."""

import hashlib

import pytest

pytestmark = pytest.mark.spark

NAME = "spark.hadoop.fs.s3a.secret.key"
SECRET = "correct=horse:battery#ä"
JOB = ("configured", "--set", f"name={NAME}")


@pytest.mark.parametrize("workers", [0, 1])
def test_a_secret_reaches_the_driver_and_no_record(alone, workers, tmp_path, monkeypatch):
    store = tmp_path / "store"
    user = alone.with_(f"targets.local.workers={workers}", f"targets.local.store={store}")
    monkeypatch.setenv("SPARKFERRY_SPARK_CONF", f"{{'{NAME}' = '{SECRET}'}}")
    run = user.outcome(*JOB, "--run-id", f"secret-{workers}")
    assert run["result"] == hashlib.sha256(SECRET.encode()).hexdigest()
    said = [
        user("status", f"secret-{workers}", "--json").stdout,
        user("render", *JOB, "--json").stdout,
        user("logs", f"secret-{workers}").stdout,
        *(path.read_bytes().decode("latin-1") for path in store.rglob("*.json")),
    ]
    assert all("redacted" in text for text in said[:2])
    assert not [text for text in said if SECRET in text or "battery" in text]
    if workers:
        return
    again = user("rerun", "--json", "secret-0").json
    assert again["result"] == run["result"]
    monkeypatch.delenv("SPARKFERRY_SPARK_CONF")
    lost = user("rerun", "secret-0", code=2).stderr
    assert f"its record does not hold the secret `{NAME}`" in lost
