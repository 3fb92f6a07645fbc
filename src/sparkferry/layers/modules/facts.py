"""What one module's source says about its imports."""

from enum import IntEnum

import msgspec

FORMAT = 1
"""Raised whenever the same source gives other facts."""

STAR = "*"
"""Stands among the names of ``from module import *``."""


class Need(IntEnum):
    """How certain it is that an import statement runs, and that the program fails without the module."""

    OPTIONAL = 0
    """The program handles the failure, or the statement is for another Python or platform."""
    MAYBE = 1
    """In a function or under a condition."""
    ALWAYS = 2
    """Runs whenever the module is imported."""


class Import(msgspec.Struct, frozen=True, array_like=True):
    """One import statement, or a call of ``import_module`` with a literal name."""

    module: str
    """As written; empty in ``from . import name``."""
    names: tuple[str, ...]
    """What is taken from the module; empty for ``import module``."""
    level: int
    """Leading dots."""
    line: int
    need: Need
    main: bool = False
    """Whether it runs only in the module that is run as ``__main__``."""


class Facts(msgspec.Struct, frozen=True, array_like=True):
    """One module."""

    imports: tuple[Import, ...] = ()
    prefixes: tuple[str, ...] = ()
    """What names of modules begin with that are put together at run time, as ``steps.``."""
    bound: frozenset[str] = frozenset()
    """Names that are bound anywhere in it."""
    is_open: bool = False
    """Whether it may have attributes beside ``bound``: star imports, ``__getattr__``, ``globals()``."""
    makes_modules: bool = False
    """Whether it may make modules of its package importable that are not files in it."""
    changes_path: bool = False
    """Whether it changes ``sys.path`` or another part of the import system."""
    error: str | None = None
    """Why it is not valid Python for the target; everything else is empty then."""
    line: int = 0
    """Line of ``error``."""
