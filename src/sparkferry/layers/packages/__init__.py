"""The packages layer: wheels verified, pruned and spliced into one zip."""
