"""Whether a lock was made from the pyproject.toml that is there, told without uv, Poetry or network."""
