"""The settings of all kinds, as one type."""

from sparkferry.project.kinds.local import LocalTarget

AnyTarget = LocalTarget
"""The settings of one target: a union, tagged by `kind`."""
