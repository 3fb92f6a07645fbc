"""The exact Python to ship: interpreter, packages and code as content-addressed files."""
