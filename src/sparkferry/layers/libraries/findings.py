"""What is said of libraries that are missing."""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from sparkferry.errors import Diagnostic, Severity
from sparkferry.layers.libraries.model import Missing, PackageLibraries

PlaceName = Literal["this machine", "the image"]
"""Where packages run, as messages say it."""

OTHERWISE = (
    "or lock a wheel that brings its libraries along; if the package does without, name the library in "
    "`optional-libraries` of [tool.sparkferry.packages]"
)
"""What else can be done where a library is missing."""


def findings(
    found: Iterable[Missing],
    place: PlaceName,
    hint: Callable[[str], str],
    severity: Severity = "warning",
) -> Iterator[Diagnostic]:
    """Yield a finding for each library that a package needs; ``hint`` says how to get a library."""
    for item in found:
        if item.version:
            yield Diagnostic(severity, _too_new(item, place), _older(place))
        else:
            yield Diagnostic(severity, _not_there(item, place), hint(item.library))


def damaged(shipped: Iterable[PackageLibraries]) -> Iterator[Diagnostic]:
    """Yield a finding for each shared library that cannot be read."""
    for package in shipped:
        for path in package.damaged:
            if ".so" in path.rpartition("/")[2]:
                yield Diagnostic(
                    "warning",
                    f"`{path}`{_of(package.title)} is damaged: it begins like a shared library and "
                    "cannot be read as one",
                    "lock another version of the package, or report it to its publisher",
                )


def _not_there(item: Missing, place: PlaceName) -> str:
    return (
        f"{_who(item)} needs `{item.library}`, which neither a package nor {place} has: "
        "it cannot be loaded"
    )


def _too_new(item: Missing, place: PlaceName) -> str:
    return (
        f"{_who(item)} needs `{item.version}` of `{item.library}`, and {place} has `{item.has}`: "
        "it cannot be loaded"
    )


def _who(item: Missing) -> str:
    more = len(item.files) - 1
    others = f" (and {more} more {'file' if more == 1 else 'files'})" if more else ""
    return f"`{item.files[0]}`{others}{_of(item.package)}"


def _of(package: str) -> str:
    return f" of {package}" if package else ""


def _older(place: PlaceName) -> str:
    newer = "use a newer `base`" if place == "the image" else "use a machine with a newer system"
    return f"lock a `manylinux` wheel of the package, build it on a system as old, or {newer}"
