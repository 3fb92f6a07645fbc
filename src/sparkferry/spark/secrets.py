"""Spark properties that hold secrets: they reach Spark in a file that only the user reads."""

import re
from collections.abc import Mapping
from typing import TypeVar

V = TypeVar("V")

_NAME = re.compile(
    r"secret|password|token|access[.]?key|account[.]key|private[.]key", re.IGNORECASE
)
"""Spark's default of ``spark.redaction.regex``, and the keys of Azure's storage accounts and of Google's
service accounts."""

REDACTED = "*********(redacted)"
"""What stands for a secret, as on Spark's own pages (``Utils.REDACTION_REPLACEMENT_TEXT``)."""


def secret_names(conf: Mapping[str, object]) -> tuple[str, ...]:
    """Return the names of the properties that hold secrets, sorted."""
    return tuple(sorted(name for name in conf if _NAME.search(name)))


def secrets_of(conf: Mapping[str, str]) -> dict[str, str]:
    """Return the properties that hold secrets, but for those that were redacted."""
    return {name: conf[name] for name in secret_names(conf) if conf[name] != REDACTED}


def public(conf: Mapping[str, V]) -> dict[str, V]:
    """Return the properties that hold no secrets."""
    return {name: value for name, value in conf.items() if not _NAME.search(name)}


def redacted(conf: Mapping[str, V]) -> dict[str, V | str]:
    """Return the properties with :data:`REDACTED` for every secret."""
    return {name: REDACTED if _NAME.search(name) else value for name, value in conf.items()}


def properties_text(conf: Mapping[str, str]) -> str:
    """Return properties as ``java.util.Properties`` reads them."""
    return "".join(f"{_escaped(name)}={_escaped(value)}\n" for name, value in sorted(conf.items()))


def _escaped(text: str) -> str:
    return re.sub(r"[\\=:#! \t\n\r\f]", _escape, text)


def _escape(found: re.Match[str]) -> str:
    letters = {"\t": "t", "\n": "n", "\r": "r", "\f": "f"}
    return "\\" + letters.get(found[0], found[0])
