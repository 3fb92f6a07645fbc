"""Known failures of Spark, told as cause and fix; the original message is always shown below."""

from __future__ import annotations

import re
from typing import NamedTuple


class Explanation(NamedTuple):
    """What a known failure means."""

    cause: str
    fix: str


class _Known(NamedTuple):
    pattern: str
    """Searched in the text, over line ends; its groups fill ``{0}``, ``{1}``, … of the two below."""
    cause: str
    fix: str


_KNOWN = (
    _Known(
        r"Cannot run program \"([^\"]*python[^\"]*)\".{0,500}?No such file or directory",
        "an executor did not find its interpreter `{0}`",
        "the interpreter layer is not unpacked there: the archive must be a .tar.gz with `#python` "
        "in `spark.archives`, which `local[N]` does not unpack into the working directory",
    ),
    _Known(
        r"Cannot run program \"([^\"]*python[^\"]*)\".{0,500}?(?:Permission denied|Exec format error)",
        "an executor could not execute its interpreter `{0}`",
        "carry the interpreter as .tar.gz, built for the platform of the executors",
    ),
    _Known(
        r"Python in worker has different version:? (\S+) than that in driver:? ([\d.]+)",
        "the executors run Python {0}, the driver Python {1}",
        "set the target's `python`, and let driver and executors use the same interpreter layer",
    ),
    _Known(
        r"UnsupportedClassVersionError: (\S+) has been compiled .{0,90}?class file version (\d+)",
        "`{0}` was compiled for a newer Java than the one that runs (class file version {1})",
        "run Spark on a newer Java (Spark 4 needs 17), or use a jar that is built for this one",
    ),
    _Known(
        r"No FileSystem for scheme \"?(\w+)\"?",
        "Spark has no filesystem for `{0}://`",
        "add the connector of that store to `spark.jars` or `spark.jars.packages`",
    ),
    _Known(
        r"(?:ClassNotFoundException: (?:Class )?|Failed to find (?:the )?data source: ?)([\w.$]*[\w$])",
        "Spark did not find the class or data source `{0}`",
        "add its jar to `spark.jars`, in the build for this Spark and Scala version",
    ),
    _Known(
        r"Read-only file system: '(/opt/sparkferry/[^']+)'",
        "`{0}` belongs to the image or to the code layer, which a container cannot write to",
        "write below `context.output`, or to the working directory, whose files are kept with the run",
    ),
    _Known(
        r"PermissionError: \[Errno 13\] Permission denied: "
        r"'([^']*/(?:environment/(?:python|packages)|unpacked/[0-9a-f]{64})/[^']+)'",
        "`{0}` is part of a layer that all runs of this machine share",
        "write below `context.output`, or to the working directory, whose files are kept with the run",
    ),
    _Known(
        r"ModuleNotFoundError: No module named '([^']+)'",
        "Python did not find the module `{0}`",
        "add its package to the project's dependencies and lock again; a module of your own must lie "
        "under `source` and be known to git or not ignored by it",
    ),
    _Known(
        r"(?:exit(?:ed)?(?: with)?(?: exit)? (?:code|status):? ?|exitCode ?)137|OOMKilled"
        r"|Container killed by YARN for exceeding|java\.lang\.OutOfMemoryError",
        "a process ran out of memory",
        "raise `spark.executor.memoryOverhead` (Python) or `spark.executor.memory` (Java), or use "
        "more and smaller partitions",
    ),
    _Known(
        r"ExecutorLostFailure \(executor (\S+) exited",
        "executor {0} was lost",
        "look at its log: it ran out of memory, was preempted, or its machine went away",
    ),
    _Known(
        r"Python worker exited unexpectedly",
        "a Python worker on an executor ended without an error of its own",
        "native code crashed it, or it was killed for its memory: set "
        "`spark.python.worker.faulthandler.enabled` to true to see where",
    ),
    _Known(
        r"(\w+) >= ([\d.]+) must be installed",
        "this Spark needs {0} {1} or newer on the driver and on executors",
        "raise its version in the project's dependencies and lock again",
    ),
    _Known(
        r"java\.net\.BindException: ([^\n]*)",
        "Spark could not listen on its address: {0}",
        "set `spark.driver.bindAddress` or SPARK_LOCAL_IP to an address of this machine, or free "
        "the port",
    ),
    _Known(
        r"PicklingError|CONTEXT_ONLY_VALID_ON_DRIVER|cannot pickle '[^']+' object"
        r"|NotSerializableException",
        "a function that goes to executors refers to something that cannot travel",
        "create connections, locks and clients inside of the function, and do not use the session "
        "in it",
    ),
)


def explain(text: str) -> Explanation | None:
    """Return cause and fix of the first known failure in an error message or log, or None."""
    for known in _KNOWN:
        found = re.search(known.pattern, text, re.DOTALL)
        if found:
            return Explanation(known.cause.format(*found.groups()), known.fix)
    return None
