"""Debian packages as entries of an image, without apt and without dpkg."""
