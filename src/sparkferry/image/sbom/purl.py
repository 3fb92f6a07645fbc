"""Package URLs: names of packages that every scanner knows (specification ECMA-427)."""

from urllib.parse import quote

from sparkferry.image.debian.model import Suite
from sparkferry.layers.model import Wheel

_RELEASES: dict[Suite, str] = {"bookworm": "debian-12", "trixie": "debian-13"}
"""Names of releases in the qualifier ``distro``, as os-release(5) and scanners have them."""


def of_debian(name: str, version: str, architecture: str, suite: Suite) -> str:
    """Return the URL of a Debian package."""
    where = f"arch={architecture}&distro={_RELEASES[suite]}"
    return f"pkg:deb/debian/{_quoted(name)}@{_quoted(version)}?{where}"


def of_wheel(wheel: Wheel) -> str:
    """Return the URL of a Python package."""
    return f"pkg:pypi/{_quoted(wheel.name)}@{_quoted(wheel.version)}"


def of_python(version: str) -> str:
    """Return the URL of an interpreter."""
    return f"pkg:generic/cpython@{_quoted(version)}"


def of_spark(version: str) -> str:
    """Return the URL of a Spark: ours come from PySpark's wheel."""
    return f"pkg:pypi/pyspark@{_quoted(version)}"


def of_image(name: str, digest: str, architecture: str) -> str:
    """Return the URL of an image."""
    last = name.rpartition("/")[2]
    return f"pkg:oci/{_quoted(last)}@{quote(digest, safe='')}?arch={architecture}"


def _quoted(text: str) -> str:
    return quote(text, safe=":")
