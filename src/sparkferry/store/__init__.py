"""Where layers, records and logs are kept."""
