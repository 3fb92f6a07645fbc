"""The wheels of a selection: fetched, built, kept."""
