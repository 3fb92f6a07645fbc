"""Whether the system that an image is built upon still gets security fixes."""

import shlex
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from sparkferry.errors import Diagnostic
from sparkferry.image.rootfs.model import RootFs
from sparkferry.image.verify.model import CheckInput, warning

_ENDS: Mapping[tuple[str, str], date] = {
    ("debian", "9"): date(2022, 6, 30),
    ("debian", "10"): date(2024, 6, 30),
    ("debian", "11"): date(2026, 8, 31),
    ("debian", "12"): date(2028, 6, 30),
    ("debian", "13"): date(2030, 6, 30),
    ("ubuntu", "18.04"): date(2023, 5, 31),
    ("ubuntu", "20.04"): date(2025, 5, 31),
    ("ubuntu", "22.04"): date(2027, 4, 30),
    ("ubuntu", "24.04"): date(2029, 5, 31),
    ("centos", "7"): date(2024, 6, 30),
    ("centos", "8"): date(2021, 12, 31),
}
"""The last day of free security fixes, by ID and VERSION_ID of os-release(5). Debian: "LTS" on its wiki,
which supports amd64 and arm64 to that day; Ubuntu: "release cycle", standard support; CentOS: its
announcements."""

_SOON = timedelta(days=90)


def check_age(subject: CheckInput) -> Iterator[Diagnostic]:
    """Check that the base is not at its end."""
    system = read_os_release(subject.rootfs)
    name, version = system.get("ID", ""), system.get("VERSION_ID", "")
    end = _ENDS.get((name, version))
    if end is not None and subject.today + _SOON > end:
        said = "gets no security fixes since" if end < subject.today else "gets none after"
        yield warning(f"the base is {name} {version}, which {said} {end}", "use a newer base")


def read_os_release(rootfs: RootFs) -> Mapping[str, str]:
    """Return the variables of ``/etc/os-release``."""
    lines = (line.partition("=") for line in rootfs.text("etc/os-release").splitlines())
    return {name: _unquoted(value) for name, equals, value in lines if equals}


def _unquoted(value: str) -> str:
    try:
        return "".join(shlex.split(value))
    except ValueError:
        return value
