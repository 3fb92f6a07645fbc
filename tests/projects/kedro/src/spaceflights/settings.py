"""Kedro reads the project's settings from here; the defaults serve."""
