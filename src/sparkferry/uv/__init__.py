"""uv, called so that only the project decides what a call means."""
