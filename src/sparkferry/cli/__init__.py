"""The command line: one file a command, parse, flow, render."""
