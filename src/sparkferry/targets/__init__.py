"""Where Spark runs: one folder a kind."""
