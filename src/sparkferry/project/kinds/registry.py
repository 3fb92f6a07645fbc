"""The settings of all kinds, as one type."""

from sparkferry.project.kinds.local import LocalTarget
from sparkferry.project.kinds.standalone import StandaloneTarget

AnyTarget = LocalTarget | StandaloneTarget
"""The settings of one target: a union, tagged by `kind`."""
