"""What a wheel says of itself: its file name, its metadata directory, WHEEL and entry points.

After the wheel specification ("binary distribution format", version 1.0).
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from sparkferry.layers.ini import read_ini
from sparkferry.layers.listed import listed
from sparkferry.layers.packages.zip_names import is_safe
from sparkferry.layers.packages.zip_read import Member, WheelError

if TYPE_CHECKING:
    from email.message import Message

    from packaging.tags import Tag
    from packaging.version import Version

SUPPORTED_MAJOR = "1"
"""Major version of the wheel format; installers must refuse greater ones."""


def find_dist_info(filename: str, members: tuple[Member, ...]) -> str:
    """Return the name of the wheel's one metadata directory, which must begin with the package's name.

    :raises WheelError: there is none or more than one, or it is another package's.
    """
    from packaging.utils import canonicalize_name

    tops = {item.name.partition("/")[0] for item in members if "/" in item.name}
    found = sorted(top for top in tops if top.endswith(".dist-info"))
    if len(found) != 1:
        raise WheelError(filename, f"it has {len(found)} metadata directories, not one")
    name = _parse(filename)[0]
    if not canonicalize_name(found[0]).startswith(name):
        raise WheelError(filename, f"the directory `{found[0]}` is not of {name}")
    return found[0]


def directory_remarks(filename: str, dist_info: str, names: Iterable[str]) -> Iterator[str]:
    """Yield what is careless about the names of the metadata and data directories."""
    expected, released, _ = _parse(filename)
    name, _, version = dist_info.removesuffix(".dist-info").partition("-")
    if not _is_same(name, version, expected, released):
        yield f"the directory `{dist_info}` is not named after {expected} {released}"
    own = f"{dist_info.removesuffix('.dist-info')}.data"
    for top in sorted({name.partition("/")[0] for name in names if ".data/" in name}):
        if top.endswith(".data") and top != own:
            yield f"`{top}` is not its data directory (`{own}`) and is not installed as one"


def check_metadata(filename: str, content: bytes) -> None:
    """Check that METADATA is of the package and version that the file name says.

    :raises WheelError: it is not.
    """
    fields = _fields(content)
    _check_identity(filename, "METADATA", fields.get("Name", ""), fields.get("Version", ""))


def check_wheel(filename: str, content: bytes) -> Iterator[str]:
    """Check the format's version, and yield what is careless about WHEEL.

    Interpreter and ABI should be those of the file name. The platform need not: repaired wheels are
    often renamed only.

    :raises WheelError: the format is of another major version.
    """
    fields = _fields(content)
    version = str(fields.get("Wheel-Version", "")).strip()
    major, _, minor = version.partition(".")
    if major != SUPPORTED_MAJOR:
        raise WheelError(filename, f"its format has version {version or 'none'}, not 1.x")
    if minor.strip("0."):
        yield f"its format has version {version}, newer than 1.0"
    yield from _tag_remarks(filename, [str(tag).strip() for tag in fields.get_all("Tag", [])])


def _tag_remarks(filename: str, lines: list[str]) -> Iterator[str]:
    from packaging.tags import parse_tag

    named = {(tag.interpreter, tag.abi) for tag in _parse(filename)[2]}
    try:
        inside = {(tag.interpreter, tag.abi) for line in lines for tag in parse_tag(line)}
    except ValueError:
        inside = set()
    if not lines:
        yield "its WHEEL names no tag"
    elif named.isdisjoint(inside):
        yield f"its WHEEL names other tags than its file name: {listed(lines)}"


def read_commands(filename: str, content: bytes) -> tuple[tuple[str, str], ...]:
    """Return the console and GUI entry points of an ``entry_points.txt``, extras left out, sorted.

    :raises ValueError: it cannot be read.
    :raises WheelError: an entry refers to no function.
    """
    sections = read_ini(content.decode())
    groups = ("console_scripts", "gui_scripts")
    found = {name: value for group in groups for name, value in sections.get(group, {}).items()}
    commands = {name: reference(value) for name, value in found.items()}
    for name, value in commands.items():
        if not is_command(name, value):
            raise WheelError(filename, f"its command `{name}` refers to no function: `{value}`")
    return tuple(sorted(commands.items()))


def reference(value: str) -> str:
    """Return ``module:attribute`` of an entry point, without extras and blanks."""
    return ":".join(part.strip() for part in value.partition("[")[0].split(":"))


def is_command(name: str, reference: str) -> bool:
    """Whether an entry point names a script in one directory, and a function that it calls."""
    parts = reference.replace(":", ".").split(".")
    return (
        "/" not in name
        and is_safe(name)
        and reference.count(":") == 1
        and all(part.isidentifier() for part in parts)
    )


def _check_identity(filename: str, where: str, name: str, version: str) -> None:
    expected, released, _ = _parse(filename)
    if not _is_same(name, version, expected, released):
        raise WheelError(
            filename, f"{where} is of {name or 'nothing'} {version}, not of {expected} {released}"
        )


def _is_same(name: str, version: str, expected: str, released: "Version") -> bool:
    from packaging.utils import canonicalize_name
    from packaging.version import InvalidVersion, Version

    try:
        return canonicalize_name(name) == expected and Version(version) == released
    except InvalidVersion:
        return False


def _fields(content: bytes) -> "Message":
    from email.parser import BytesHeaderParser

    return BytesHeaderParser().parsebytes(content)


def _parse(filename: str) -> tuple[str, "Version", "frozenset[Tag]"]:
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        name, version, _, tags = parse_wheel_filename(filename)
    except InvalidWheelFilename as error:
        raise WheelError(filename, f"its name is not a wheel's ({error})") from error
    return name, version, tags
