"""Verify a wheel, once, when it comes in: after that its bytes are copied without another look.

Checked: the archive (see `zip_read`), the content of every file against its CRC and its declared size, and
that file name, metadata directory, METADATA and WHEEL agree as far as pip or uv ask for it. What either
of them installs ships; what is careless about it is a remark, remembered with the wheel's index.

A wheel that does not pass is an error of the outside world (exit code 3): nothing that the user wrote
is wrong, and the lock's hash tells a damaged download from a wheel that was built wrongly.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
from msgspec.structs import replace

from sparkferry.base.cache import Cache
from sparkferry.layers.listed import listed
from sparkferry.layers.model import Wheel
from sparkferry.layers.packages import prune, runtime_needs, wheel_metadata
from sparkferry.layers.packages.prune import RULES_VERSION
from sparkferry.layers.packages.recode import recoded
from sparkferry.layers.packages.recorded import absent, check_contents, read_record
from sparkferry.layers.packages.wheel_archive import TEXT_LIMIT, WheelArchive, open_wheel
from sparkferry.layers.packages.wheel_index import INDEX_VERSION, WheelIndex
from sparkferry.layers.packages.wheel_layout import SCHEMES, SCRIPT_MARK, is_module, scheme
from sparkferry.layers.packages.zip_names import parents
from sparkferry.layers.packages.zip_read import Member, RecodeError, WheelError
from sparkferry.progress import QUIET, Progress


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
            found = cache.memo(key, WheelIndex, lambda: _verified(wheel, cache))
            task.advance(sizes[wheel.path])
            return found

        with ThreadPoolExecutor(os.cpu_count(), "verify") as pool:
            return tuple(pool.map(index, wheels))


def _verified(wheel: Wheel, cache: Cache) -> WheelIndex:
    try:
        return verify_wheel(wheel.path)
    except RecodeError as error:
        copy = recoded(wheel.path, cache)
        index = verify_wheel(copy.path)
        remarks = (f"{error.reason}; it is compressed anew", *index.remarks)
        return msgspec.structs.replace(index, remarks=remarks, recoded=copy.sha256)


def readable(wheel: Wheel, index: WheelIndex, cache: Cache) -> Wheel:
    """Return the wheel with the path of the file that ``index`` is of: its own, or a copy's.

    :raises ExternalError: the cache cannot be written.
    """
    if index.recoded is None:
        return wheel
    copy = cache.find_file("wheels", index.recoded) or recoded(wheel.path, cache)
    return msgspec.structs.replace(wheel, path=copy.path)


def verify_wheel(path: Path) -> WheelIndex:
    """Verify every byte of the wheel at ``path`` and return what it holds.

    Takes memory of a few MB beside the largest source file, whatever the wheel's size.

    :raises RecodeError: it is valid, but Spark's nodes cannot unpack how it is compressed.
    :raises WheelError: it is not a valid wheel.
    """
    with open_wheel(path) as opened:
        said = list(wheel_metadata.check_wheel(path.name, opened.metadata("WHEEL")))
        wheel_metadata.check_metadata(path.name, opened.metadata("METADATA"))
        archive, doubled = _placed(opened)
        record = read_record(opened)
        checked = check_contents(archive, record)
        commands, unread = _commands(archive)
        directories = wheel_metadata.directory_remarks(
            path.name, archive.dist_info, archive.members
        )
        return WheelIndex(
            filename=path.name,
            dist_info=archive.dist_info,
            members=checked.members,
            useless=_useless(archive),
            scripts=_python_scripts(archive),
            commands=commands,
            blank=frozenset(_blank(archive)),
            remarks=(
                *archive.remarks,
                *said,
                *directories,
                *doubled,
                *checked.remarks,
                *absent(record, opened.members),
                *unread,
            ),
        )


def _placed(archive: WheelArchive) -> tuple[WheelArchive, tuple[str, ...]]:
    """Return the archive with one file for each place, and remarks on the others.

    Of a file of the archive's root and one of its data directory the latter stays: installers unpack
    the root first.
    """
    for name in archive.members:
        if scheme(archive.dist_info, name) not in SCHEMES:
            known = ", ".join(sorted(SCHEMES))
            raise WheelError(archive.filename, f"`{name}` is in none of the directories {known}")
    in_order = sorted(archive.members, key=lambda name: ".data/" in name)
    last = {archive.place(name): name for name in in_order}
    inside = sorted(parents(last) & last.keys())
    if inside:
        raise WheelError(archive.filename, f"`{inside[0]}` would be a file and a directory at once")
    counts = Counter(map(archive.place, archive.members))
    twice = sorted(place for place, count in counts.items() if count > 1)
    remarks = (f"it has two files for {listed(twice)}",) if twice else ()
    kept = set(last.values())
    members = {name: member for name, member in archive.members.items() if name in kept}
    return replace(archive, members=members), remarks


def _commands(archive: WheelArchive) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    try:
        found = wheel_metadata.read_commands(archive.filename, _entry_points(archive))
    except ValueError as error:
        reason = str(error).partition("\n")[0]
        return (), (f"its entry_points.txt cannot be read ({reason}), so it has no commands",)
    return found, ()


def _blank(archive: WheelArchive) -> Iterator[str]:
    for name, member in archive.members.items():
        if name.endswith("__init__.py") and member.size <= LIMIT and is_blank(archive.text(name)):
            yield name


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


LIMIT = 8192
"""Bytes of the largest ``__init__.py`` that is looked at; most of it would be a licence."""

_DOCSTRING = r'(?si)\A\s*[rub]?(?P<quotes>"""|\'\'\'|"|\').*?(?P=quotes)'

_NOTHING = r"""(?x)
      try: | except(\s+\w+)?: | pass | finally:
    | from\s+__future__\s+import\s+[\w, ]+
    | import\s+(pkg_resources|pkgutil)
    | from\s+pkgutil\s+import\s+extend_path
    | (__import__\(["']pkg_resources["']\)|pkg_resources)\.declare_namespace\(__name__\)
    | __path__\s*=\s*((__import__\(["']pkgutil["']\)|pkgutil)\.)?extend_path\(__path__,\s*__name__\)
    """


def is_blank(source: bytes) -> bool:
    """Whether the module holds only comments, a docstring, and what declares a namespace."""
    text = source.decode("utf-8", "replace")
    without_comments = "\n".join(line.partition("#")[0].rstrip() for line in text.splitlines())
    body = re.sub(_DOCSTRING, "", without_comments.lstrip("\ufeff"), count=1)
    return all(re.fullmatch(_NOTHING, line.strip()) for line in body.splitlines() if line.strip())
