"""Python modules as text: what imports what, and where an import leads, without running anything."""
