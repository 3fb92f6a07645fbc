"""Layers of an image as files: tar entries compressed into gzip members, joined by copying."""
