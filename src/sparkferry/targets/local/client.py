"""Runs of this machine, in one process or on an embedded cluster."""

import shutil
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

from sparkferry.env import Env
from sparkferry.errors import SparkferryError
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.targets.api import Record
from sparkferry.targets.local.background import Work, make_class_data_later
from sparkferry.targets.local.installation import installation_of
from sparkferry.targets.local.launch import Launch
from sparkferry.targets.local.paths import check_plan
from sparkferry.targets.local.reap import reap
from sparkferry.targets.local.request import LocalRequest
from sparkferry.targets.supervise.client import SupervisedClient
from sparkferry.targets.supervise.directory import RunDirectory, Submission, runs_dir
from sparkferry.targets.supervise.located import output_directory
from sparkferry.targets.supervise.runs import run_of


class LocalClient(SupervisedClient):
    """See :class:`~sparkferry.targets.api.Client`."""

    kind = "local"
    poll_seconds = 0.1

    def __init__(self, settings: LocalTarget, env: Env) -> None:
        super().__init__(env)
        self._settings = settings

    def submit(
        self, request: LocalRequest, secrets: Mapping[str, str], record: Record, *, attached: bool
    ) -> str:
        """Start the driver, on a warm cluster, on one of its own, or in one process.

        :raises UserError: there is no Java for the plan's Spark, or a directory has a name that Spark
            would read as something else.
        :raises ExternalError: Spark cannot be installed or does not start, or a layer is gone.
        """
        plan = request.plan
        check_plan(plan, self._env.cache)
        reap()
        installation = installation_of(plan, self._settings, self._env)
        run = RunDirectory(runs_dir() / plan.run_id)
        undo = partial(_remove_empty, output_directory(plan, run)) if plan.image else None
        with self.begin(plan.run_id, record, attached=attached, undo=undo) as begun:
            launch = Launch(request, installation, begun.run, begun.session)
            launch.start(record, secrets, self._env)
        return begun.handle

    def cleanup(self, handle: str) -> None:
        """Remove the run's directory, and its files from a warm cluster."""
        self.end(handle)
        run = run_of(handle)
        if run.submission:
            self._settle(run.submission)
        for application in list(run.applications()):
            shutil.rmtree(application, ignore_errors=True)
        super().cleanup(handle)

    def _settle(self, submission: Submission) -> None:
        if submission.output:
            _remove_empty(Path(submission.output))
        if submission.lacks_class_data:
            work = Work(home=submission.home, java=submission.java)
            try:
                make_class_data_later(work, self._env)
            except SparkferryError as error:
                self._env.progress.message(f"the next run starts as slowly: {error.message}")


def _remove_empty(output: Path) -> None:
    """Remove an output location that was made for containers, and that the job left empty."""
    with suppress(OSError):  # it is not, or was never made
        output.rmdir()
