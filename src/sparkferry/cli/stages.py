"""Progress of a run, Spark stage by Spark stage."""

from contextlib import ExitStack

from sparkferry.progress import Progress, Task
from sparkferry.targets.api import Stage, Status


class Stages(ExitStack):
    """Shows each stage for as long as the target tells of it."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress
        self._shown: dict[int, tuple[ExitStack, Task, int]] = {}

    def show(self, status: Status) -> None:
        """Bring what is shown up to date."""
        now = {stage.id: stage for stage in status.stages}
        for gone in self._shown.keys() - now.keys():
            self._shown.pop(gone)[0].close()
        for stage in now.values():
            self._advance(stage)

    def _advance(self, stage: Stage) -> None:
        context, task, done = self._shown.get(stage.id) or self._begin(stage)
        task.advance(stage.done - done)
        self._shown[stage.id] = (context, task, stage.done)

    def _begin(self, stage: Stage) -> tuple[ExitStack, Task, int]:
        context = self.enter_context(ExitStack())
        task = self._progress.task(title(stage), stage.total, "tasks")
        return context, context.enter_context(task), 0


def title(stage: Stage) -> str:
    """Return the stage in words; Spark names some after its own anonymous functions."""
    action = stage.name.split(" at ")[0]
    return f"stage {stage.id}" if "$" in action else f"stage {stage.id} ({action})"
