"""Carriers: how what was packed comes to where it runs."""
