"""One HTTP client for wheels, registries, mirrors and jars: what uv can reach, it can reach.

The rules are those of uv (docs/network.md): which proxy serves an address, which certificates are
trusted, where logins are found, how long an answer may take.
"""
