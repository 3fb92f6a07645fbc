"""What runs on the cluster: standard library and pyspark only.

Jobs, tests and shells import from here: the context that a job receives, and the one session
factory.
"""

from sparkferry.runtime.context import JobContext
from sparkferry.runtime.session import session

__all__ = ["JobContext", "session"]
