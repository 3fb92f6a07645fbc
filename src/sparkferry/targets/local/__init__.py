"""The embedded target: Spark on this machine."""
