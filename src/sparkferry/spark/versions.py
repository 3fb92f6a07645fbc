"""What is known of each Spark line: its newest release, and the Java, Python and packages it runs on.

Sources: the releases' own ``pyspark/sql/pandas/utils.py`` (minimum versions), the metadata of the
``pyspark`` distributions (Python), Spark's documentation (Java), and runs of 3.5.9, 4.0.5 and 4.3.0.
"""

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.errors import UserError

_MINORS = 50
"""More minor versions than Python 3 will have."""


class SparkLine(msgspec.Struct, frozen=True, kw_only=True):
    """One minor version of Spark."""

    line: str
    """As ``4.0``."""
    newest: str
    """The newest known release, as ``4.0.5``."""
    java: tuple[int, ...]
    """Feature versions of Java that it supports."""
    python: str
    """PEP 440 specifiers of the Pythons on which all of it works: a lower and an upper bound."""
    pandas_python: str = ""
    """PEP 440 specifier of the Pythons on which what uses pandas can be imported."""
    hadoop: str
    """Version of its Hadoop client."""
    scala: str
    """Binary version of Scala of the pip distribution."""
    needs: dict[str, str]
    """PEP 440 specifier by package: Spark refuses others when it uses the package."""
    advised: dict[str, str]
    """PEP 440 specifier by package: with others, parts of PySpark fail."""


_PANDAS_2 = {"pandas": "<3"}
"""Spark 4.3 says so itself; ``pyspark.pandas`` cannot be imported with pandas 3 (run on 4.0 and 4.3)."""

LINES: dict[str, SparkLine] = {
    known.line: known
    for known in (
        SparkLine(
            line="3.5",
            newest="3.5.9",
            java=(8, 11, 17),
            python=">=3.8,<3.12",
            # It imports distutils, which Python 3.12 lost (run).
            pandas_python="<3.12",
            hadoop="3.3.4",
            scala="2.12",
            needs={"pandas": ">=1.0.5", "pyarrow": ">=4.0.0", "numpy": ">=1.15"},
            # Its pandas API uses np.NaN, which numpy 2 lost (run).
            advised={"pandas": "<3", "numpy": "<2"},
        ),
        SparkLine(
            line="4.0",
            newest="4.0.5",
            java=(17, 21),
            python=">=3.9,<3.14",
            hadoop="3.4.1",
            scala="2.13",
            needs={"pandas": ">=2.0.0", "pyarrow": ">=11.0.0", "numpy": ">=1.21"},
            advised=_PANDAS_2,
        ),
        SparkLine(
            line="4.1",
            newest="4.1.4",
            java=(17, 21),
            python=">=3.10,<3.15",
            hadoop="3.4.2",
            scala="2.13",
            needs={"pandas": ">=2.2.0", "pyarrow": ">=15.0.0", "numpy": ">=1.21"},
            advised=_PANDAS_2,
        ),
        SparkLine(
            line="4.2",
            newest="4.2.1",
            java=(17, 21, 25),
            python=">=3.10,<3.15",
            hadoop="3.5.0",
            scala="2.13",
            needs={"pandas": ">=2.2.0", "pyarrow": ">=18.0.0", "numpy": ">=1.21"},
            advised=_PANDAS_2,
        ),
        SparkLine(
            line="4.3",
            newest="4.3.0",
            java=(17, 21, 25),
            python=">=3.11,<3.15",
            hadoop="3.5.0",
            scala="2.13",
            needs={"pandas": ">=2.2.0", "pyarrow": ">=18.0.0", "numpy": ">=1.23.2"},
            advised=_PANDAS_2,
        ),
    )
}
"""Every known line, oldest first."""


def line_of(version: str) -> str:
    """Return the line of a version, as ``4.0`` of ``4.0.5``."""
    return ".".join(version.split(".")[:2])


def spark_line(version: str) -> SparkLine:
    """Return what is known of a version's line.

    :raises UserError: the line is not known.
    """
    found = LINES.get(line_of(version))
    if found is None:
        raise UserError(
            f"could not use Spark `{version}`: its line is not known",
            hint=f"known lines are {', '.join(LINES)}",
        )
    return found


def full_version(line: str, locked: str | None) -> str:
    """Return the version to use of ``line``: the locked ``pyspark``'s, else the newest known.

    :raises UserError: the line is not known, or the lock names a version of another line.
    """
    known = spark_line(line)
    if locked is None:
        return known.newest
    if line_of(locked) != known.line:
        raise UserError(
            f"could not use Spark {line}: the lock names pyspark {locked}",
            hint=f"require `pyspark=={known.line}.*` and lock again, or set `spark = "
            f'"{line_of(locked)}"` in [tool.sparkferry]',
        )
    return locked


def minor_versions(specifiers: str) -> list[str]:
    """Return the minor versions of Python 3 that PEP 440 specifiers allow, as ``3.12``, in order."""
    from packaging.specifiers import SpecifierSet

    allowed = SpecifierSet(specifiers)
    # The patch release that no minor version reaches: `>=3.12.4` must not exclude 3.12.
    return [f"3.{minor}" for minor in range(_MINORS) if allowed.contains(f"3.{minor}.99")]


def python_minors(spark: str, cache: Cache) -> tuple[str, ...]:
    """Return the minor versions of Python that a version, or line, of Spark runs on, in order.

    :raises UserError: the line is not known.
    """
    specifiers = spark_line(spark).python
    found = cache.memo(
        f"minor versions {specifiers}", list[str], lambda: minor_versions(specifiers)
    )
    return tuple(found)
