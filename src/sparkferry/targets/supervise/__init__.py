"""Drivers on this machine under a supervisor, which outlives the command that started them."""
