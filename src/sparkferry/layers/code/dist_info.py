"""The metadata directory of the project itself, as an installed environment has it.

So ``importlib.metadata`` finds the project's version, entry points and files on driver and executors, and
its commands are scripts in ``bin``. The formats are those of core metadata 2.1, of the entry points
specification and of "recording installed projects" (PEP 376, 627).
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from sparkferry.layers.names import normalised
from sparkferry.layers.packages.wheel_layout import launcher
from sparkferry.layers.packages.wheel_metadata import is_command, reference
from sparkferry.layers.packages.wheel_record import Recorded, digest, format_record
from sparkferry.layers.zipwriter import Member

EntryPoints = dict[str, dict[str, str]]
"""Object reference by name, by group."""

COMMANDS = ("console_scripts", "gui_scripts")
"""Groups of entry points that become scripts."""


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """What a project's metadata says of it."""

    name: str
    version: str
    """In the normal form of PEP 440."""
    requires_python: str
    requires: tuple[str, ...] = ()
    """PEP 508 requirements."""
    extras: dict[str, tuple[str, ...]] = {}
    """Further requirements by extra."""
    entry_points: EntryPoints = {}


def dist_info(project: Distribution, others: Mapping[str, int]) -> Iterator[Member]:
    """Yield the files of the metadata directory, and a script for each command.

    ``others`` are the size in bytes of each other file that ships, by path: RECORD lists them, and a file
    of the project is never replaced.
    """
    directory = f"{normalised(project.name).replace('-', '_')}-{project.version}.dist-info"
    texts = {
        f"{directory}/METADATA": _metadata(project),
        f"{directory}/INSTALLER": "sparkferry\n",
        f"{directory}/entry_points.txt": _entry_points(project.entry_points),
    }
    made = [Member(path, text.encode()) for path, text in texts.items() if text]
    made += [script for script in _scripts(project) if script.name not in others]
    yield from made
    record = f"{directory}/RECORD"
    lines = [*(Recorded(path, "", str(size)) for path, size in others.items()), *_recorded(made)]
    yield Member(record, format_record([*lines, Recorded(record, "", "")]))


def _recorded(members: Iterable[Member]) -> Iterator[Recorded]:
    for member in members:
        if isinstance(member.content, bytes):
            yield Recorded(member.name, digest(member.content), str(member.size))


def _metadata(project: Distribution) -> str:
    fields = [
        ("Metadata-Version", "2.1"),
        ("Name", project.name),
        ("Version", project.version),
        ("Requires-Python", project.requires_python),
        *(("Requires-Dist", text) for text in project.requires),
    ]
    for extra, requirements in project.extras.items():
        fields.append(("Provides-Extra", extra))
        fields += [("Requires-Dist", _of_extra(text, extra)) for text in requirements]
    return "".join(f"{name}: {' '.join(value.split())}\n" for name, value in fields)


def _of_extra(requirement: str, extra: str) -> str:
    """Return the requirement with the marker that it is one of an extra."""
    text, _, marker = requirement.partition(";")
    condition = f"extra == '{extra}'"
    return f"{text.strip()} ; " + (
        f"({marker.strip()}) and {condition}" if marker.strip() else condition
    )


def _entry_points(groups: EntryPoints) -> str:
    return "\n".join(
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in sorted(points.items()))
        for group, points in sorted(groups.items())
        if points
    )


def _scripts(project: Distribution) -> Iterator[Member]:
    for group in COMMANDS:
        for name, value in sorted(project.entry_points.get(group, {}).items()):
            if is_command(name, reference(value)):
                yield Member(f"bin/{name}", launcher(reference(value)), executable=True)
