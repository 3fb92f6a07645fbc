import time
from datetime import UTC, datetime

from sparkferry.clock import SYSTEM, stamp


def test_the_systems_clock() -> None:
    begun = time.monotonic()
    SYSTEM.sleep(0.01)
    assert time.monotonic() - begun >= 0.01
    said = datetime.fromisoformat(stamp(SYSTEM))
    assert said.tzinfo == UTC
    assert abs((datetime.now(UTC) - said).total_seconds()) < 5
