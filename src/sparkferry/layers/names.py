"""Names of packages (PEP 503), without `packaging`, whose import takes longer than loading a project."""

import re


def normalised(name: str) -> str:
    """Return the name in lower case, with single dashes."""
    return re.sub(r"[-_.]+", "-", name).lower()
