"""sparkferry carries a PySpark project, code and Python, from a laptop to any Spark cluster.

This module travels to the cluster with the runtime, so it imports nothing.
"""

__version__ = "0.1.0"

__all__ = ["__version__"]
