"""Shared libraries that what ships needs, and whether they are there where it runs."""
