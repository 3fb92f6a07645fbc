"""Releases: what production runs, built once."""
