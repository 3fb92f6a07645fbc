"""From the project's lock to a selection for one environment."""
