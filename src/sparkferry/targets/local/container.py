"""From a program to the command that runs it in a container; pure.

Containers share the network of this machine, where everything listens on loopback, and see of its files
what is mounted, each under the path that it has outside.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from sparkferry.targets.supervise.session import Program

INIT = ("/usr/bin/tini", "-s", "-g", "--")
"""What every image of ours has: an init that hands signals on to the whole group of its child."""

_MANNER = ("--pull", "never", "--security-opt", "label=disable")
"""Nobody is asked for an image that is not here, and SELinux lets containers read what is mounted
(podman-run(1))."""

_OWN = frozenset({"PATH"})
"""Variables that are the image's to set."""

_AT_ONCE = {"docker": ("--force",), "podman": ("--force", "--ignore", "--time", "0")}
"""Options of `rm` that kill at once and pass over what is gone. Podman 4.3 removes nothing where one of
several is missing, unless it is told to ignore that (run)."""


class Mount(msgspec.Struct, frozen=True, order=True):
    """Something of this machine that containers see."""

    target: str
    source: str
    writable: bool = False

    def __str__(self) -> str:
        """Return it as the option `--volume` has it."""
        return f"{self.source}:{self.target}{'' if self.writable else ':ro'}"


class Container(msgspec.Struct, frozen=True, kw_only=True):
    """How all containers of one run are started."""

    engine: str
    """``docker`` or ``podman``."""
    image: str
    name: str
    """What their names begin with."""
    user: str
    """``uid:gid``."""
    options: tuple[str, ...] = ()
    mounts: tuple[Mount, ...]
    environ: Mapping[str, str]
    """Of the engine's command."""

    def named(self, number: int) -> str:
        """Return the name of the container that is started as the ``number``-th, from 0."""
        return f"{self.name}-{number}"


def contained(program: Program, container: Container, number: int) -> Program:
    """Return the program that runs ``program`` in a container: same output, same exit code."""
    return msgspec.structs.replace(
        program, argv=command(program, container, number), env=container.environ
    )


def command(program: Program, container: Container, number: int) -> tuple[str, ...]:
    """Return the engine's command for ``program``."""
    variables = sorted((key, value) for key, value in program.env.items() if key not in _OWN)
    return (
        *(container.engine, "run", "--rm", "--name", container.named(number), *_MANNER),
        *("--network", "host", "--user", container.user, "--workdir", str(program.cwd)),
        *container.options,
        *(word for mount in container.mounts for word in ("--volume", str(mount))),
        *(word for key, value in variables for word in ("--env", f"{key}={value}")),
        *("--entrypoint", INIT[0], container.image, *INIT[1:]),
        *program.argv,
    )


def removal(container: Container, count: int) -> tuple[str, ...]:
    """Return the engine's command that ends and removes the first ``count`` containers."""
    names = (container.named(number) for number in range(count))
    return (container.engine, "rm", *_AT_ONCE[container.engine], *names)


def outside(tree: Path) -> set[Path]:
    """Return the directories outside of ``tree`` that symbolic links in it lead to."""
    links = (path for path in tree.rglob("*") if path.is_symlink())
    ends = (link.resolve() for link in links)
    return {end.parent for end in ends if end.exists() and not end.is_relative_to(tree)}
