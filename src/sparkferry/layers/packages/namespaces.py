"""Whether an ``__init__.py`` holds nothing that a package of the same name would miss.

Old namespace packages (`pkgutil` and `pkg_resources` style) ship one in each of their distributions, with
the same meaning in other words. All of them share one directory in the packages layer, so any of them
serves.
"""

import re

LIMIT = 8192
"""Bytes of the largest ``__init__.py`` that is looked at; most of it would be a licence."""

_DOCSTRING = r'(?si)\A\s*[rub]?(?P<quotes>"""|\'\'\'|"|\').*?(?P=quotes)'

_NOTHING = r"""(?x)
      try: | except(\s+\w+)?: | pass | finally:
    | from\s+__future__\s+import\s+[\w, ]+
    | import\s+(pkg_resources|pkgutil)
    | from\s+pkgutil\s+import\s+extend_path
    | (__import__\(["']pkg_resources["']\)|pkg_resources)\.declare_namespace\(__name__\)
    | __path__\s*=\s*((__import__\(["']pkgutil["']\)|pkgutil)\.)?extend_path\(__path__,\s*__name__\)
    """


def is_blank(source: bytes) -> bool:
    """Whether the module holds only comments, a docstring, and what declares a namespace."""
    text = source.decode("utf-8", "replace")
    without_comments = "\n".join(line.partition("#")[0].rstrip() for line in text.splitlines())
    body = re.sub(_DOCSTRING, "", without_comments.lstrip("\ufeff"), count=1)
    return all(re.fullmatch(_NOTHING, line.strip()) for line in body.splitlines() if line.strip())
