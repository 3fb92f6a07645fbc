"""A session whose programs run in containers of the run's image."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from sparkferry.carriers.container_engine import Engine, engine_environ
from sparkferry.errors import ExternalError
from sparkferry.image.model import RunImage
from sparkferry.layers.model import DIRECTORIES, Layer
from sparkferry.layers.unpack import unpack
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.spark.installation import Installation
from sparkferry.targets.local.container import (
    Container,
    Mount,
    contained,
    outside,
    removal,
)
from sparkferry.targets.plan import Plan
from sparkferry.targets.spark_submit.places import IMAGE_ENVIRONMENT
from sparkferry.targets.supervise.directory import RunDirectory
from sparkferry.targets.supervise.located import output_directory
from sparkferry.targets.supervise.session import Program, Session

_NAME = "sparkferry-"


class ContainerSession:
    """Starts programs in containers, each of which is removed when the session ends."""

    def __init__(self, session: Session, container: Container, run: RunDirectory) -> None:
        self._session, self._container, self._run = session, container, run
        self._started = 0

    def start(self, program: Program) -> int:
        """Start a program in a container; return the id of the process that stands for it."""
        for path in self._run.shared:
            _give(path, self._container.user)
        number = self._started
        self._started += 1
        return self._session.start(contained(program, self._container, number))


def container_session(
    plan: Plan, image: RunImage, run: RunDirectory, session: Session, installation: Installation
) -> ContainerSession:
    """Return the session with everything ready that its containers need.

    :raises ExternalError: the engine does not have the image any more, or does not answer.
    """
    container = container_of(plan, image, run, installation)
    _check(image, Engine(container.engine))
    session.at_end(removal(container, plan.target_as(LocalTarget).workers + 2), container.environ)
    return ContainerSession(session, container, run)


def container_of(
    plan: Plan, image: RunImage, run: RunDirectory, installation: Installation
) -> Container:
    """Return how the containers of a run are started."""
    engine = _engine_name(plan)
    user = image.user if os.getuid() == 0 else f"{os.getuid()}:{os.getgid()}"
    return Container(
        engine=engine,
        image=image.name,
        name=f"{_NAME}{plan.run_id}",
        user=user,
        options=() if os.getuid() == 0 else _as_this_user(engine),
        mounts=tuple(sorted(_mounts(plan, image, run, installation))),
        environ=engine_environ(os.environ),
    )


def image_of(plan: Plan) -> RunImage:
    """Return the image that a run is carried in.

    :raises ValueError: it is in none.
    """
    if plan.image is None:
        raise ValueError("the run is not in an image")
    return plan.image


def _engine_name(plan: Plan) -> str:
    """Return the engine that the target names.

    :raises ExternalError: it names none.
    """
    engine = plan.target_as(LocalTarget).container
    if engine is None:
        raise ExternalError("could not start containers: the target names no engine")
    return engine


def prepare(plan: Plan, layers: Iterable[Layer], run: RunDirectory) -> None:
    """Lay out what containers see of this machine: the code, the output location, a name for the user."""
    run.cluster.mkdir()
    run.environment.mkdir()
    image = image_of(plan)
    for layer in () if image.has_code else layers:
        place = run.environment / DIRECTORIES[layer.kind]
        place.mkdir()
        unpack(layer, place)
    _give(run.environment, image.user)
    output = output_directory(plan, run)
    output.mkdir(parents=True, exist_ok=True)
    _give(output, image.user)
    uid, gid = os.getuid(), os.getgid()
    run.passwd.write_text(
        f"root:x:0:0:root:/root:/bin/bash\nspark:x:{uid}:{gid}:spark:/home/spark:/bin/bash\n"
    )


def _mounts(
    plan: Plan, image: RunImage, run: RunDirectory, installation: Installation
) -> Iterator[Mount]:
    for path in (*run.shared, output_directory(plan, run)):
        yield Mount(str(path), str(path), writable=True)
    if not image.has_code:
        code = DIRECTORIES["code"]
        yield Mount(str(IMAGE_ENVIRONMENT / code), str(run.environment / code))
    if os.getuid() != 0:
        yield Mount("/etc/passwd", str(run.passwd))
    for volume in plan.target_as(LocalTarget).volumes:
        source, target, *read_only = volume.split(":")
        yield Mount(target, source, writable=not read_only)
    if image.spark_home is None:
        yield from _service_mounts(installation)


def _service_mounts(installation: Installation) -> Iterator[Mount]:
    """Yield Spark and Java of this machine, which a service would mount, too."""
    for tree in (installation.home.path, installation.java.home):
        for path in {tree, *outside(tree)}:
            yield Mount(str(path), str(path))


def _as_this_user(engine: str) -> tuple[str, ...]:
    """Return the options with which files that a container writes belong to who runs the command.

    What is writable in an image is so for the group root. Podman without root has numbers of its own.
    """
    return ("--group-add", "0", *(("--userns", "keep-id") if engine == "podman" else ()))


def _check(image: RunImage, engine: Engine) -> None:
    if engine.holds(image.name):
        return
    engine.check()
    raise ExternalError(
        f"could not start containers of `{image.name}`: {engine.program} does not have the image",
        hint="run the job again: its image is built and loaded anew",
    )


def _give(tree: Path, user: str) -> None:
    """Let the containers' user own ``tree``, where this one may give things away."""
    if os.getuid() != 0:
        return
    uid, gid = map(int, user.split(":"))
    for path in (tree, *tree.rglob("*")):
        with suppress(FileNotFoundError):  # a program that runs already has removed it
            os.chown(path, uid, gid, follow_symlinks=False)
