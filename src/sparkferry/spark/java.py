"""Finding a Java that the Spark line runs on: JAVA_HOME, PATH, and where installers put it."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from sparkferry.errors import UserError
from sparkferry.paths import home
from sparkferry.spark.versions import SparkLine

PLACES = (
    "/usr/lib/jvm/*",
    "/usr/lib64/jvm/*",
    "/opt/java/*",
    "/opt/jdk*",
    "~/.sdkman/candidates/java/*",
    "~/.jdks/*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "~/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "/opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home",
    "/usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home",
)
"""Where Linux distributions, sdkman, IntelliJ, macOS and Homebrew install Java."""

_RELEASE = re.compile(r'^(\w+)="?([^"\n]*)"?$', re.MULTILINE)
_PRINTED = re.compile(r'version "([^"]+)"')


class Java(msgspec.Struct, frozen=True, kw_only=True):
    """One installed Java."""

    home: Path
    """Its JAVA_HOME, symbolic links resolved."""
    build: str
    """Exact build, as ``17.0.15+6-Debian-1deb12u1``: what class-data archives are made for."""
    feature: int
    """Its feature version, as 17."""


def find_java(
    line: SparkLine,
    environ: Mapping[str, str],
    places: tuple[str, ...] = PLACES,
) -> Java:
    """Return the Java to start Spark with, of those that ``line`` supports.

    That of JAVA_HOME, else the one on PATH, else the newest in ``places``.

    :raises UserError: JAVA_HOME is no Java or of a version that ``line`` does not run on, or there
        is none.
    """
    chosen = environ.get("JAVA_HOME")
    if chosen:
        return _chosen(Path(chosen), line)
    usual = _on_path(environ)
    if usual and usual.feature in line.java:
        return usual
    found = installed(places)
    fitting = [java for java in found if java.feature in line.java]
    if fitting:
        return max(fitting, key=lambda java: java.feature)
    found += [usual] if usual else []
    versions = ", ".join(sorted({str(java.feature) for java in found}))
    there = f"only Java {versions} is installed" if found else "there is no Java"
    raise UserError(f"could not find a Java for Spark {line.line}: {there}", hint=advice(line))


def advice(line: SparkLine) -> str:
    """Return how to get a Java that ``line`` runs on."""
    best = 17 if 17 in line.java else line.java[-1]
    return (
        f"install Java {_either(line.java)}, for example with `apt install openjdk-{best}-jre-headless`, "
        f"`dnf install java-{best}-openjdk-headless` or `brew install openjdk@{best}`"
    )


def installed(places: tuple[str, ...] = PLACES) -> list[Java]:
    """Return every Java in ``places``, which are patterns of directories."""
    homes = sorted({home.resolve() for place in places for home in _matches(place)})
    found = (read_java(home) for home in homes)
    return [java for java in found if java]


def read_java(home: Path) -> Java | None:
    """Return what the Java in ``home`` says of itself, or None if there is none.

    Its ``release`` file says so (JEP 223 and 322 for versions); without one, Java is asked.
    """
    program = home / "bin" / "java"
    if not os.access(program, os.X_OK):
        return None
    try:
        said = dict(_RELEASE.findall((home / "release").read_text("utf-8", "replace")))
    except OSError:
        said = {}
    version = said.get("JAVA_VERSION") or _ask(program)
    if version is None:
        return None
    build = said.get("JAVA_RUNTIME_VERSION") or version
    return Java(home=home.resolve(), build=build, feature=_feature(version))


def _chosen(home: Path, line: SparkLine) -> Java:
    java = read_java(home)
    if java is None:
        raise UserError(
            f"could not use JAVA_HOME `{home}`: there is no `bin/java` in it that runs",
            hint="set JAVA_HOME to the directory of a Java, or unset it to have one found",
        )
    if java.feature not in line.java:
        raise UserError(
            f"could not use JAVA_HOME `{home}`: it is Java {java.feature}, and Spark {line.line} "
            f"runs on Java {_either(line.java)}",
            hint="unset JAVA_HOME to have another one found, or " + advice(line),
        )
    return java


def _on_path(environ: Mapping[str, str]) -> Java | None:
    program = shutil.which("java", path=environ.get("PATH", os.defpath))
    return read_java(Path(program).resolve().parent.parent) if program else None


def _matches(place: str) -> Iterator[Path]:
    path = home() / place.removeprefix("~/")
    with suppress(OSError):  # of another user
        yield from Path(path.anchor).glob(str(path.relative_to(path.anchor)))


def _ask(program: Path) -> str | None:
    try:
        done = subprocess.run([program, "-version"], capture_output=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _PRINTED.search(done.stderr.decode("utf-8", "replace"))
    return found.group(1) if found else None


def _feature(version: str) -> int:
    """Return the feature version: 17 of ``17.0.15``, 8 of ``1.8.0_402``."""
    parts = [int(part) for part in re.findall(r"\d+", version)]
    return parts[1] if parts[0] == 1 and len(parts) > 1 else parts[0]


def _either(versions: tuple[int, ...]) -> str:
    *others, last = (str(version) for version in versions)
    return f"{', '.join(others)} or {last}" if others else last
