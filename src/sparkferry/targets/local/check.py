"""What a target with containers needs of this machine."""

from sparkferry.errors import Diagnostic
from sparkferry.project.model import Project
from sparkferry.targets.local.engine import Engine


def check_containers(project: Project) -> tuple[Diagnostic, ...]:
    """Find out whether the project's target can start containers of its image here.

    :raises UserError: the image is for other machines.
    :raises WorldError: the engine is not there, or does not answer.
    """
    engine = project.target.container
    if engine is not None:
        from sparkferry.image.cargo import for_this_machine

        for_this_machine(project)
        Engine(engine).check()
    return ()
