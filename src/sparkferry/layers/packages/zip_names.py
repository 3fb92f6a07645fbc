"""Names in zip archives, and the places below a directory that they mean."""

from collections.abc import Iterable


def normal(name: str) -> str:
    """Return the name without empty parts and dots, as a file system reads it."""
    inner = "/".join(part for part in name.split("/") if part not in {"", "."})
    return f"{inner}/" if name.endswith("/") else inner


def is_file(name: str) -> bool:
    """Whether an entry of this name is a file that ships, and not a directory."""
    return not name.endswith("/") and is_portable(name)


def parents(paths: Iterable[str]) -> set[str]:
    """Return every directory that one of the ``paths`` is in, however deep."""
    found = set[str]()
    for path in paths:
        parent = path.rpartition("/")[0]
        while parent and parent not in found:
            found.add(parent)
            parent = parent.rpartition("/")[0]
    return found


def is_safe(path: str) -> bool:
    """Whether ``path`` names one place below a directory, on every system."""
    return is_inside(path) and is_portable(path)


def is_inside(path: str) -> bool:
    """Whether ``path`` names one place below a directory, and has no control characters."""
    parts = path.split("/")
    return not ({"", ".", ".."}.intersection(parts) or any(sign < " " for sign in path))


def is_portable(path: str) -> bool:
    """Whether ``path`` has neither backslashes nor a drive, which Windows reads as places elsewhere."""
    return "\\" not in path and path[1:2] != ":"
