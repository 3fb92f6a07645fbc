"""Benchmarks: sparkferry and its neighbours, side by side in one run."""
