"""Verify a wheel, once, when it comes in: after that its bytes are copied without another look.

Checked: the archive (see `zip_read`), the content of every file against its CRC, its declared size and
its hash in RECORD, and that file name, metadata directory, METADATA and WHEEL agree. A file that RECORD
names and the archive lacks is no error, as for other installers; nothing can be overlooked that way,
since the layer's RECORD is written from what is there.

A wheel that does not pass is an error of the outside world (exit code 3): nothing that the user wrote
is wrong, and the lock's hash tells a damaged download from a wheel that was built wrongly.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from sparkferry.layers.cache import Cache
from sparkferry.layers.model import Wheel
from sparkferry.layers.packages import prune, runtime_needs, wheel_metadata
from sparkferry.layers.packages.prune import RULES_VERSION
from sparkferry.layers.packages.wheel_archive import TEXT_LIMIT, WheelArchive, open_wheel
from sparkferry.layers.packages.wheel_index import INDEX_VERSION, WheelIndex
from sparkferry.layers.packages.wheel_layout import SCHEMES, SCRIPT_MARK, is_module, scheme
from sparkferry.layers.packages.wheel_record import HASHES, Recorded, format_digest, parse_record
from sparkferry.layers.packages.zip_read import Member, WheelError, parents
from sparkferry.progress import QUIET, Progress

_PROBLEMS = 5
"""How many bad files an error message names."""

_UNLISTED = frozenset({"RECORD", "RECORD.jws", "RECORD.p7s"})
"""Metadata files without a hash in RECORD: itself, and what signs it."""


def wheel_indexes(
    cache: Cache, wheels: Sequence[Wheel], progress: Progress = QUIET
) -> tuple[WheelIndex, ...]:
    """Return what is known of each wheel; it is verified if that was not done and remembered before.

    :raises WheelError: one is not a valid wheel.
    """
    sizes = {wheel.path: wheel.path.stat().st_size for wheel in wheels}
    with progress.task("verify wheels", sum(sizes.values())) as task:

        def index(wheel: Wheel) -> WheelIndex:
            key = f"wheel {INDEX_VERSION} {RULES_VERSION} {wheel.sha256} {wheel.filename}"
            found = cache.memo(key, WheelIndex, lambda: verify_wheel(wheel.path))
            task.advance(sizes[wheel.path])
            return found

        with ThreadPoolExecutor(os.cpu_count(), "verify") as pool:
            return tuple(pool.map(index, wheels))


def verify_wheel(path: Path) -> WheelIndex:
    """Verify every byte of the wheel at ``path`` and return what it holds.

    Takes memory of a few MB beside the largest source file, whatever the wheel's size.

    :raises WheelError: it is not a valid wheel.
    """
    with open_wheel(path) as archive:
        _check_places(archive)
        wheel_metadata.check_wheel(path.name, archive.metadata("WHEEL"))
        wheel_metadata.check_metadata(path.name, archive.metadata("METADATA"))
        members = _check_contents(archive)
        return WheelIndex(
            filename=path.name,
            dist_info=archive.dist_info,
            members=members,
            useless=_useless(archive),
            scripts=_python_scripts(archive),
            commands=wheel_metadata.read_commands(path.name, _entry_points(archive)),
        )


def _check_places(archive: WheelArchive) -> None:
    for name in archive.members:
        if scheme(archive.dist_info, name) not in SCHEMES:
            raise WheelError(archive.filename, f"nobody knows where `{name}` is to go")
    places = Counter(archive.place(name) for name in archive.members)
    twice = sorted(place for place, count in places.items() if count > 1)
    twice += sorted(parents(places) & places.keys())
    if twice:
        raise WheelError(archive.filename, f"two of its files go to `{twice[0]}`")


def _check_contents(archive: WheelArchive) -> tuple[Member, ...]:
    """Return the members with their hashes, which were found to be right."""
    recorded = _recorded(archive)
    problems = list[str]()
    checked = list[Member]()
    for member in archive.members.values():
        problem = _check_content(archive, member, recorded)
        if problem:
            problems.append(f"`{member.name}` {problem}")
        line = recorded.get(member.name)
        checked.append(msgspec.structs.replace(member, hash=line.hash if line else ""))
    if problems:
        more = f", and {len(problems) - _PROBLEMS} more" if len(problems) > _PROBLEMS else ""
        raise WheelError(archive.filename, f"{', '.join(problems[:_PROBLEMS])}{more}")
    return tuple(checked)


def _recorded(archive: WheelArchive) -> Mapping[str, Recorded]:
    try:
        return parse_record(archive.metadata("RECORD"))
    except ValueError as error:
        raise WheelError(archive.filename, f"its RECORD cannot be read ({error})") from error


def _check_content(
    archive: WheelArchive, member: Member, recorded: Mapping[str, Recorded]
) -> str | None:
    """Read the member to its end and return what is wrong with it, or None."""
    line = recorded.get(member.name)
    folder, _, file = member.name.rpartition("/")
    unlisted = folder == archive.dist_info and file in _UNLISTED
    algorithm = line.hash.partition("=")[0] if line else ""
    if not unlisted and algorithm not in HASHES:
        return (
            f"has no hash of {', '.join(sorted(HASHES))} in RECORD" if line else "is not in RECORD"
        )
    hasher = hashlib.new("sha256" if unlisted else algorithm)
    for piece in archive.pieces(member):
        hasher.update(piece)
    if unlisted or line is None or line.hash == format_digest(algorithm, hasher.digest()):
        return None
    return "has another hash than RECORD says"


def _useless(archive: WheelArchive) -> frozenset[str]:
    modules = {
        archive.place(name): member
        for name, member in archive.members.items()
        if is_module(archive.dist_info, name)
    }
    used_tests, reads_stubs = _runtime_needs(archive, modules)
    paths = prune.useless(modules, used_tests, reads_stubs=reads_stubs)
    return frozenset(modules[path].name for path in paths)


def _runtime_needs(
    archive: WheelArchive, modules: Mapping[str, Member]
) -> tuple[frozenset[str], bool]:
    """Return the test files that the package imports, and whether it reads type stubs."""
    tests = runtime_needs.find_tests(modules)
    if not tests and not any(path.endswith(".pyi") for path in modules):
        return frozenset(), False
    roots = set(runtime_needs.find_test_imports("entry_points.txt", _entry_points(archive)))
    stubs = False
    for path in modules.keys() - tests:
        text = _source(archive, path, modules)
        roots.update(runtime_needs.find_test_imports(path, text))
        stubs = stubs or runtime_needs.reads_stubs(text)
    used = runtime_needs.used_tests(tests, roots, lambda path: _source(archive, path, modules))
    return used, stubs


def _source(archive: WheelArchive, path: str, modules: Mapping[str, Member]) -> bytes:
    member = modules[path]
    readable = path.endswith(runtime_needs.SOURCES) and member.size <= TEXT_LIMIT
    return archive.text(member.name) if readable else b""


def _entry_points(archive: WheelArchive) -> bytes:
    name = f"{archive.dist_info}/entry_points.txt"
    return archive.text(name) if name in archive.members else b""


def _python_scripts(archive: WheelArchive) -> dict[str, bytes]:
    scripts = {
        name: archive.text(name)
        for name, member in archive.members.items()
        if scheme(archive.dist_info, name) == "scripts" and member.size <= TEXT_LIMIT
    }
    return {name: text for name, text in scripts.items() if text.startswith(SCRIPT_MARK)}
