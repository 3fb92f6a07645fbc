"""Runs: ids, records, following, logs, differences."""
