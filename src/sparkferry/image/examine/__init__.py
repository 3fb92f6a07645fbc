"""Images as they are somewhere, ours or not: read, described, and judged."""
