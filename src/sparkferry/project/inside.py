"""Whether a path that the user wrote stays in the project."""

import os
from pathlib import Path


def leaves(written: str) -> bool:
    """Tell whether a path relative to the project leads out of it."""
    return Path(written).is_absolute() or Path(os.path.normpath(written)).parts[:1] == (os.pardir,)
