from pathlib import Path

import pytest

from sparkferry.runs.ledger import Ledger
from sparkferry.store.directory.store import DirectoryStore
from support.clocks import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def ledger(tmp_path: Path, clock: FakeClock) -> Ledger:
    return Ledger(DirectoryStore(tmp_path / "store"), clock)
