"""The import scan: what the code that ships imports, and whether it ships, too. Nothing is imported."""
