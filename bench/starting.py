"""How long the program itself takes to start."""

from bench.measure import Bench
from bench.report import Row


def measure(bench: Bench) -> list[Row]:
    """Compare `sparkferry --help` with a Python that does nothing."""
    python = bench.root / "ferry/bin/python"
    helped = bench.time(["sparkferry", "--help"], times=11).median
    nothing = bench.time([python, "-c", "pass"], times=11).median
    more = helped - nothing
    return [
        Row(
            "`sparkferry --help` (median)",
            f"{helped * 1000:.0f} ms",
            f"`python -c pass`: {nothing * 1000:.0f} ms",
            f"{more * 1000:.0f} ms more",
            "≤ 120 ms more",
            more <= 0.12,
        )
    ]
