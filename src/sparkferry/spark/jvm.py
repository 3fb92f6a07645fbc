"""Options of the Java virtual machines that we start: quiet, quick to start, leaving nothing behind."""

from pathlib import Path

import msgspec

from sparkferry.spark.java import Java

CLASS_DATA_SINCE = 13
"""Java version that brought ``-XX:ArchiveClassesAtExit`` (JEP 350)."""

_UNIFIED_LOGGING_SINCE = 9
"""Java version that brought ``-Xlog`` (JEP 158)."""

DELAY_C2 = (
    "-XX:Tier4InvocationThreshold=100000",
    "-XX:Tier4MinInvocationThreshold=12000",
    "-XX:Tier4CompileThreshold=300000",
    "-XX:Tier4BackEdgeThreshold=800000",
    "-XX:Tier3DelayOn=0",
)
"""The optimising compiler waits 20 times longer than by default before it takes up a method.

Measured on 2 cores with Spark 4.3: a short job takes half of the processor time, and one of 50 s as
long as before. ``-XX:TieredStopAtLevel=1`` saves another quarter, and doubles the time of the long one.
"""


_LAUNCHER = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData")
"""For a virtual machine that lives a tenth of a second."""


class Jvm(msgspec.Struct, frozen=True, kw_only=True):
    """How a virtual machine is started."""

    java: Java
    temporary: Path | None = None
    """Directory of its temporary files; the system's if not given."""
    home: Path | None = None
    """What it takes for the user's home directory; that of the system's user if not given."""
    class_data: Path | None = None
    """Its class-data archive, if there is one."""
    delay_c2: bool = False
    """Whether the optimising compiler is held back."""

    def options(self) -> tuple[str, ...]:
        """Return the options for the command line."""
        temporary = (f"-Djava.io.tmpdir={self.temporary}",) if self.temporary else ()
        home = (f"-Duser.home={self.home}",) if self.home else ()
        archive = shared_class_data(self.class_data) if self.class_data else ()
        return (
            "-XX:-UsePerfData",
            *temporary,
            *home,
            *archive,
            *(DELAY_C2 if self.delay_c2 else ()),
        )


def shared_class_data(archive: Path) -> tuple[str, ...]:
    """Return the options that use ``archive``; one that does not fit is ignored without a word."""
    return (
        f"-XX:SharedArchiveFile={archive}",
        "-Xshare:auto",
        "-Xlog:disable",
        "-Xlog:all=error:stderr",
    )


def launcher_environ(archive: Path | None) -> dict[str, str]:
    """Return the variables that make the virtual machine of ``spark-class`` itself start quickly.

    ``spark-class`` splits them at white space, so a path with some cannot be named.
    """
    options: tuple[str, ...] = _LAUNCHER
    if archive and not has_space(str(archive)):
        options += shared_class_data(archive)
    return {"SPARK_LAUNCHER_OPTS": " ".join(options)}


def can_archive(java: Java) -> bool:
    """Return whether ``java`` can write class-data archives of an application."""
    return java.feature >= max(CLASS_DATA_SINCE, _UNIFIED_LOGGING_SINCE)


def joined(options: tuple[str, ...]) -> str:
    """Return options as one text that Spark splits into the same.

    Its rules are those of ``CommandBuilderUtils.parseOptionString``.
    """
    return " ".join(_quoted(option) for option in options)


def has_space(text: str) -> bool:
    """Return whether a shell would split ``text``."""
    return any(char.isspace() for char in text)


def _quoted(option: str) -> str:
    if not has_space(option) and not set(option) & set("\"'\\"):
        return option
    escaped = option.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
