from pathlib import Path

import pytest

from sparkferry.runs.planning import output_of
from sparkferry.store.directory.store import DirectoryStore


@pytest.mark.parametrize("name", ["store", "my store", "José", "100%2F", "日本"])
def test_an_output_location_is_written_as_spark_reads_it(name):
    store = DirectoryStore(Path("/data", name))
    assert output_of("runs/main/pi-1", store) == f"file:///data/{name}/outputs/main/pi-1"
