"""Programs that are called end in time and print no more than fits."""

import sys
import time

import pytest

from sparkferry import process
from sparkferry.errors import ExternalError
from sparkferry.process import attempt, run


def _python(program: str) -> list[str]:
    return [sys.executable, "-S", "-c", program]


def test_input_and_output_larger_than_pipes_pass_through() -> None:
    program = "import sys; d = sys.stdin.buffer.read(); sys.stdout.write('x' * len(d)); sys.exit(3)"
    done = attempt(_python(program), stdin=b"y" * 1_000_000)
    assert (done.code, done.stdout) == (3, b"x" * 1_000_000)


def test_program_that_reads_no_input_ends() -> None:
    assert attempt(_python("pass"), stdin=b"y" * 1_000_000).code == 0


def test_program_that_hangs_is_killed_and_named() -> None:
    start = time.monotonic()
    with pytest.raises(ExternalError, match=r"took longer than 0\.5 s") as caught:
        run(_python("import time; time.sleep(60)"), action="wait", timeout=0.5)
    assert time.monotonic() - start < 10
    assert sys.executable in caught.value.message
    assert caught.value.hint


def test_grandchild_that_keeps_the_output_open_holds_up_nobody() -> None:
    start = time.monotonic()
    with pytest.raises(ExternalError, match="took longer"):
        attempt(["sh", "-c", "sleep 15 & exit 0"], timeout=0.5)
    assert time.monotonic() - start < 10


def test_program_that_prints_without_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "CAPTURE_LIMIT", 1 << 20)
    with pytest.raises(ExternalError, match="more than 1 MiB"):
        attempt(["yes"])
