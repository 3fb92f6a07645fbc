"""The table of results."""

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One comparison."""

    what: str
    ours: str
    theirs: str
    ratio: str
    reach: str
    reached: bool | None
    """None where the row is only told."""


HEAD = """\
# Results

Measured side by side in one run of `make bench`, on {machine}.
Times are the best of several runs of whole processes, unless said otherwise; ratios are what to look at.
To reproduce: `make bench` on a machine that does nothing else (about {minutes} minutes).

| what | sparkferry | against | ratio | asked for | reached |
|---|---|---|---|---|---|
"""


def write(path: Path, rows: list[Row]) -> None:
    """Write the page."""
    lines = [
        f"| {row.what} | {row.ours} | {row.theirs} | {row.ratio} | {row.reach} | "
        f"{'–' if row.reached is None else 'yes' if row.reached else '**no**'} |"
        for row in rows
    ]
    path.write_text(HEAD.format(machine=machine(), minutes=20) + "\n".join(lines) + "\n" + NOTES)


def machine() -> str:
    """Describe this machine in a few words."""
    java = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True).stderr
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {java.splitlines()[0]}"
    )


NOTES = """
What is compared:

- **venv-pack** packs a virtual environment of the very same locked packages; **pex** builds one file of them
  from local wheels, once with its own cache of unpacked wheels empty, once with it warm. Neither packs an
  interpreter, so the first rows leave ours in the cache; a later row makes it, too. **uv sync + tar** is what
  people write themselves; **uv-pack** collects wheels, to be installed where they are needed. pixi-pack is on
  no package index of Python, and packs conda packages.
- **wheels cached, no layer cached**: the wheels are in the cache, verified and compiled when they were packed
  for the first time; the packages layer and the code layer are removed before each run.
- **spark-submit** is that of the pip `pyspark`, started as a user would. On the warm cluster it sends the
  very request that sparkferry renders. Ours is faster since its virtual machines start from class-data
  archives and hold the optimising compiler back, which outweighs packing and recording; with these options
  given to spark-submit, too, what is left is our own work: pack, publish, record, follow, keep the logs.
- **first task on an executor** fetches and unpacks the archives, then imports numpy, pandas, pyarrow and
  scikit-learn. Ours always brings bytecode; venv-pack's has it where the environment was compiled before.
- **images** are of the kind `dataproc`, with the code. `docker build` is that of Debian's Docker engine with
  BuildKit, everything of it in memory, and builds `bench/dockerfiles/pip.Dockerfile`; the registry is
  Debian's, on loopback. Its base, made by mmdebstrap, is Debian with Python and pip, of the same mirror. The
  Dockerfiles of others are in `bench/dockerfiles`. Sizes are those of compressed layers in the registry.
- **no layers**: in our cache are wheels and Debian packages, verified, with their bytecode and the list of
  what each holds, and the interpreter as `pack` made it; every layer of the image and everything that was
  compressed for one is removed before each run. Against it stands **docker build --no-cache**: the base,
  Debian with Python, is there, and pip finds every wheel in its cache; all steps of the Dockerfile run again.
- **everything cached but the image**: what each wheel and each Debian package was compressed to is in our
  cache, too; the layers of base, Debian packages, configuration, interpreter, code and settings are removed
  before each run. **docker build, caches warm** keeps base, Debian packages and pip's cache; the packages
  are installed again, since a comment in `requirements.txt` has changed.
- **layers cached** removes nothing on either side.
- **one changed wheel**: another version of scikit-learn is locked; our wheel is in the cache by then, while
  pip fetches it, and has the others in its own cache.
"""
