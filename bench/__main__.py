"""Run every benchmark and write RESULTS.md: ``python -m bench [DIRECTORY]`` (see ``make bench``)."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from bench import images, importing, packing, running, starting, stores
from bench.measure import Bench
from bench.report import Row, write

RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> None:
    """Measure in a directory of its own, in memory where there is room."""
    parent = sys.argv[1] if len(sys.argv) > 1 else "/dev/shm"
    root = Path(tempfile.mkdtemp(prefix="sparkferry-bench-", dir=parent))
    try:
        write(RESULTS, measure(make_bench(root)))
    finally:
        shutil.rmtree(root, ignore_errors=True)
    print(RESULTS.read_text())


def make_bench(root: Path) -> Bench:
    """Install sparkferry as a user would, with its bytecode, and keep everything below ``root``."""
    (root / "home").mkdir()
    env = {
        **{
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("PYTHON", "SPARK"))
        },
        "SPARKFERRY_CACHE_DIR": str(root / "cache"),
        "SPARKFERRY_STATE_DIR": str(root / "state"),
        "PEX_ROOT": str(root / "pex"),
        "BENCH_PYTHON": str(Path(sys.base_prefix) / "bin/python3"),
    }
    # Some benchmarks ask the library where things are.
    os.environ.update({key: env[key] for key in ("SPARKFERRY_CACHE_DIR", "SPARKFERRY_STATE_DIR")})
    bench = Bench(root, env)
    source = Path(__file__).parents[1]
    bench.run(sys.executable, "-m", "uv", "venv", "-q", "-p", sys.executable, root / "ferry")
    bench.run(
        sys.executable, "-m", "uv", "pip", "install", "-q", "--compile-bytecode", "-p", root / "ferry",
        source,
    )  # fmt: skip
    return Bench(root, {**env, "PATH": f"{root / 'ferry/bin'}{os.pathsep}{env['PATH']}"})


def measure(bench: Bench) -> list[Row]:
    """Measure all, one after the other."""
    rows = []
    for part in (starting, packing, running, importing, stores, images):
        for row in part.measure(bench):
            print(row, file=sys.stderr, flush=True)
            rows.append(row)
    return rows


if __name__ == "__main__":
    main()
