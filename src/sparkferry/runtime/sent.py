"""Which kinds of Python functions the driver has sent to executors."""

from __future__ import annotations

from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_WRAPPERS = {
    "rdd": ("pyspark.core.rdd", "pyspark.rdd"),
    "sql": ("pyspark.sql.udf", "pyspark.sql.udtf"),
}
"""Modules whose ``_wrap_function`` makes a function ready to be sent; Spark 3.5 has no ``core``."""


class Sent:
    """Watches from now on. Where it cannot, for it has no public door, it takes all as sent."""

    def __init__(self) -> None:
        self.kinds: set[str] = set()
        """``rdd`` and ``sql``: each has its own pool of Python workers."""
        for kind, modules in _WRAPPERS.items():
            watched = [self._watch(kind, module) for module in modules]
            if not any(watched):
                self.kinds.add(kind)

    def _watch(self, kind: str, name: str) -> bool:
        try:
            module = import_module(name)
            wrap = module._wrap_function  # noqa: SLF001 - see the class
        except (ImportError, AttributeError):
            return False
        setattr(module, "_wrap_function", self._noting(kind, wrap))  # noqa: B010 - mypy: no such name
        return True

    def _noting(self, kind: str, wrap: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(wrap)
        def noting(*args: object, **kwargs: object) -> object:
            self.kinds.add(kind)
            return wrap(*args, **kwargs)

        return noting
