"""The code layer: which files ship, and the zip of them."""
