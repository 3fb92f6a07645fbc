"""Images in which nothing is wrong, to spoil in tests, one thing at a time."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from sparkferry.base.elf import HEADER, MAGIC
from sparkferry.errors import Diagnostic
from sparkferry.image.examine.model import Config, InspectedImage, SpecimenLayer, Step
from sparkferry.image.kinds.kind import KindName
from sparkferry.image.model import Descriptor
from sparkferry.image.verify.contract import read_for_checks, subject_of, verify
from support.images import config_of
from support.tars import Member, member, opener, symlink, tar

PASSWD = "root:x:0:0:root:/root:/bin/bash\n"
LIB = "usr/lib/x86_64-linux-gnu"
JAVA = "usr/lib/jvm/java-17-openjdk-amd64"


def elf(machine: int = 62) -> bytes:
    """Return the head of a program for ``e_machine``."""
    return HEADER.pack(MAGIC, 2, machine, 1, *[0] * 10)


def program(name: str, content: bytes = elf(), **fields: Any) -> tuple[Member, bytes]:
    return member(name, content, mode=0o755, **fields)


@dataclass(frozen=True)
class SoundImage:
    """An image as a test wants it."""

    kind: KindName
    execution: dict[str, Any]
    layers: tuple[dict[str, tuple[Member, bytes]], ...]
    more: dict[str, Any] = field(default_factory=dict)
    registry: str | None = None

    def without(self, *names: str) -> "SoundImage":
        """Leave entries out of the lowest layer."""
        base = {name: x for name, x in self.layers[0].items() if name not in names}
        return replace(self, layers=(base, *self.layers[1:]))

    def having(self, *members: tuple[Member, bytes]) -> "SoundImage":
        """Put entries into the lowest layer."""
        base = {**self.layers[0], **{x[0].name: x for x in members}}
        return replace(self, layers=(base, *self.layers[1:]))

    def above(self, *members: tuple[Member, bytes]) -> "SoundImage":
        """Put a layer on top."""
        return replace(self, layers=(*self.layers, {x[0].name: x for x in members}))

    def env(self, **values: str | None) -> "SoundImage":
        """Set or unset environment variables."""
        environ = dict(line.split("=", 1) for line in self.execution["Env"])
        environ.update(values)
        env = [f"{name}={value}" for name, value in environ.items() if value is not None]
        return self.running(Env=env)

    def running(self, **values: Any) -> "SoundImage":
        """Change what it runs."""
        return replace(self, execution={**self.execution, **values})

    def inspected(self) -> InspectedImage:
        tars = [tar(*layer.values()) for layer in self.layers]
        config = msgspec.json.decode(config_of(tars, self.execution, **self.more), type=Config)
        layers = tuple(
            SpecimenLayer(
                descriptor=Descriptor(
                    media_type="application/vnd.oci.image.layer.v1.tar",
                    digest="sha256:0",
                    size=len(x),
                ),
                open=opener(x),
                step=Step(),
            )
            for x in tars
        )
        root = Descriptor(media_type="m", digest="sha256:1", size=1)
        return InspectedImage(
            name="sound", registry=self.registry, descriptor=root, config=config, layers=layers
        )

    def findings(self) -> tuple[Diagnostic, ...]:
        inspected = self.inspected()
        rootfs = read_for_checks(inspected)
        return verify(subject_of(inspected, rootfs, self.kind))

    def said(self) -> list[str]:
        """Return the findings as they are printed."""
        return list(map(str, self.findings()))


_COMMON = (
    member("etc/passwd", PASSWD.encode()),
    member("etc/group", b"root:x:0:\n"),
    symlink("etc/os-release", "../usr/lib/os-release"),
    member("usr/lib/os-release", b'ID=debian\nVERSION_ID="12"\nNAME="Debian GNU/Linux"\n'),
    symlink("bin", "usr/bin"),
    member("usr/local/bin", None),
    program("usr/bin/ps"),
    program("usr/bin/tini"),
    program("usr/bin/bash"),
    member(f"{LIB}/libjemalloc.so.2", elf()),
    program("opt/sparkferry/python/bin/python3.12"),
    symlink("opt/sparkferry/python/bin/python3", "python3.12"),
)
_ENV = [
    "PATH=/opt/sparkferry/python/bin:/usr/local/bin:/usr/bin:/bin",
    "PYSPARK_PYTHON=/opt/sparkferry/python/bin/python3",
    "PYTHONHASHSEED=0",
]


def _named(*members: tuple[Member, bytes]) -> dict[str, tuple[Member, bytes]]:
    return {x[0].name: x for x in members}


DATAPROC = SoundImage(
    "dataproc",
    {
        "Env": [*_ENV, f"LD_PRELOAD=/{LIB}/libjemalloc.so.2"],
        "Entrypoint": ["/usr/bin/tini", "--"],
        "Cmd": ["/bin/bash"],
        "User": "1099:1099",
    },
    (
        _named(
            *_COMMON,
            member("etc/passwd", f"{PASSWD}spark:x:1099:1099::/home/spark:/bin/bash\n".encode()),
            member("etc/group", b"root:x:0:\nspark:x:1099:\n"),
            member("home/spark", None, uid=1099, gid=1099),
        ),
    ),
)

SPARK = SoundImage(
    "spark",
    {
        "Env": [*_ENV, f"JAVA_HOME=/{JAVA}", "SPARK_HOME=/opt/spark"],
        "Entrypoint": ["/usr/bin/tini", "-s", "--", "/opt/sparkferry/bin/entrypoint.sh"],
        "User": "185:0",
        "WorkingDir": "/opt/spark/work-dir",
    },
    (
        _named(
            *_COMMON,
            member("etc/passwd", f"{PASSWD}spark:x:185:0::/home/spark:/bin/bash\n".encode()),
            member("home/spark", None, uid=185, mode=0o775),
            program(f"{JAVA}/bin/java"),
            program("opt/sparkferry/bin/entrypoint.sh", b"#!/bin/bash\n"),
            member("opt/spark/work-dir", None, uid=185, mode=0o775),
            program("opt/spark/bin/spark-class", b"#!/bin/bash\n"),
            member("opt/spark/jars/spark-core_2.13-4.0.5.jar", b"PK"),
            member("opt/spark/.spark-version", b"4.0.5\n"),
        ),
    ),
)

Spoil = Callable[[SoundImage], SoundImage]
