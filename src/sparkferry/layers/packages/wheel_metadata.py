"""What a wheel says of itself: its file name, its metadata directory, WHEEL and entry points.

After the wheel specification ("binary distribution format", version 1.0).
"""

from typing import TYPE_CHECKING

from sparkferry.layers.packages.zip_read import Member, WheelError, is_safe

if TYPE_CHECKING:
    from email.message import Message

    from packaging.tags import Tag
    from packaging.version import Version

SUPPORTED_MAJOR = "1"
"""Major version of the wheel format; installers must refuse greater ones."""


def find_dist_info(filename: str, members: tuple[Member, ...]) -> str:
    """Return the name of the wheel's one metadata directory, which must fit the file name.

    :raises WheelError: there is none or more than one, or it is another package's or version's.
    """
    tops = {item.name.partition("/")[0] for item in members if "/" in item.name}
    found = sorted(top for top in tops if top.endswith(".dist-info"))
    if len(found) != 1:
        raise WheelError(filename, f"it has {len(found)} metadata directories, not one")
    name, _, version = found[0].removesuffix(".dist-info").partition("-")
    _check_identity(filename, f"the directory `{found[0]}`", name, version)
    return found[0]


def check_metadata(filename: str, content: bytes) -> None:
    """Check that METADATA is of the package and version that the file name says.

    :raises WheelError: it is not.
    """
    fields = _fields(content)
    _check_identity(filename, "METADATA", fields.get("Name", ""), fields.get("Version", ""))


def check_wheel(filename: str, content: bytes) -> None:
    """Check the format's version, and that the tags fit those of the file name.

    Interpreter and ABI must agree. The platform need not: repaired wheels are often renamed only.

    :raises WheelError: they do not fit.
    """
    fields = _fields(content)
    version = str(fields.get("Wheel-Version", "")).strip()
    if version.partition(".")[0] != SUPPORTED_MAJOR:
        raise WheelError(filename, f"its format has version {version or 'none'}, not 1.x")
    from packaging.tags import parse_tag

    named = {(tag.interpreter, tag.abi) for tag in _parse(filename)[2]}
    lines = [str(tag).strip() for tag in fields.get_all("Tag", [])]
    try:
        inside = {(tag.interpreter, tag.abi) for line in lines for tag in parse_tag(line)}
    except ValueError:
        inside = set()
    if named.isdisjoint(inside):
        raise WheelError(filename, f"its tags do not fit its name (WHEEL has {lines})")


def read_commands(filename: str, content: bytes) -> tuple[tuple[str, str], ...]:
    """Return the console and GUI entry points of an ``entry_points.txt``, extras left out, sorted.

    :raises WheelError: it cannot be read, or an entry refers to no function.
    """
    import configparser

    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their case
    try:
        parser.read_string(content.decode())
    except (configparser.Error, UnicodeDecodeError) as error:
        raise WheelError(filename, f"its entry_points.txt cannot be read ({error})") from error
    groups = [group for group in ("console_scripts", "gui_scripts") if parser.has_section(group)]
    found = {name: value for group in groups for name, value in parser.items(group)}
    commands = {name: value.partition("[")[0].strip() for name, value in found.items()}
    for name, value in commands.items():
        parts = value.replace(":", ".").split(".")
        if (
            "/" in name
            or not is_safe(name)
            or value.count(":") != 1
            or not all(part.isidentifier() for part in parts)
        ):
            raise WheelError(filename, f"its command `{name}` refers to no function: `{value}`")
    return tuple(sorted(commands.items()))


def _check_identity(filename: str, where: str, name: str, version: str) -> None:
    from packaging.utils import canonicalize_name
    from packaging.version import InvalidVersion, Version

    expected, released, _ = _parse(filename)
    try:
        same = canonicalize_name(name) == expected and Version(version) == released
    except InvalidVersion:
        same = False
    if not same:
        raise WheelError(
            filename, f"{where} is of {name or 'nothing'} {version}, not of {expected} {released}"
        )


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
