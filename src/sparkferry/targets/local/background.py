"""Making the class-data archive in the background, after the first run of a Spark and Java.

As a program: ``python -m sparkferry.targets.local.background JSON``.
"""

import os
import sys
from pathlib import Path

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.env import Env
from sparkferry.files import sha256_bytes
from sparkferry.paths import state_dir
from sparkferry.spark.class_data import make_class_data
from sparkferry.spark.distribution import SparkHome
from sparkferry.spark.java import Java
from sparkferry.targets.supervise.records import decode, encode
from sparkferry.targets.supervise.session import Program, Session, is_alive

_LOWEST_PRIORITY = 19


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What the archive is made of."""

    home: SparkHome
    java: Java


def make_class_data_later(work: Work, env: Env) -> None:
    """Start a process that makes the archive and outlives this one, unless it is at work already.

    :raises ExternalError: it cannot be started.
    """
    text = encode(work)
    directory = state_dir() / "class-data" / sha256_bytes(text)[:16]
    if is_alive(directory):
        return
    directory.mkdir(parents=True, exist_ok=True)
    session = Session(directory)
    try:
        session.start(
            Program(
                argv=(sys.executable, "-m", __name__, text.decode()),
                env={**env.environ, "SPARKFERRY_CACHE_DIR": str(env.cache.root)},
                cwd=directory,
                output=directory / "log",
            )
        )
        session.detach()
    finally:
        session.close()


def main(text: str) -> None:
    """Make the archive that ``text`` describes, at the lowest priority."""
    os.nice(_LOWEST_PRIORITY)
    work = decode(text, Work)
    cache = Cache(Path(os.environ["SPARKFERRY_CACHE_DIR"]))
    make_class_data(work.home, work.java, Env(cache=cache, environ=os.environ))


if __name__ == "__main__":
    main(sys.argv[1])
