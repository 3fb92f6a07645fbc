"""The driver of a run as a program: spark-submit, its environment, its place."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from sparkferry.spark.class_data import ClassData
from sparkferry.spark.environ import driver_environ, private_home, temporary_files
from sparkferry.spark.installation import Installation
from sparkferry.spark.jvm import Jvm, joined, launcher_environ
from sparkferry.spark.submit import PROGRAM, SubmitRequest
from sparkferry.targets.spark_submit.places import Places
from sparkferry.targets.supervise.directory import RunDirectory
from sparkferry.targets.supervise.session import Program


class Driver(msgspec.Struct, frozen=True, kw_only=True):
    """What starts the driver of a run."""

    installation: Installation
    run: RunDirectory
    delay_c2: bool
    """Whether the optimising compiler of its virtual machines is held back."""
    environ: Mapping[str, str]
    """Variables that it gets beside its own, without what is foreign to Spark."""
    added: Mapping[str, str] = {}
    """Variables of the target."""

    def bound(self, places: Places) -> Places:
        """Return ``places`` with what is known of the installation."""
        own = self.run.executors
        options = joined(self._jvm(own.temporary, own.home).options())
        return msgspec.structs.replace(places, executor_options=options, ivy=self.installation.ivy)

    def program(self, call: SubmitRequest) -> Program:
        """Return the program of a spark-submit call."""
        return Program(
            argv=call.argv(str(self.installation.home.path / PROGRAM)),
            env=self._environ(),
            cwd=self.run.work,
            output=self.run.log,
            main=True,
        )

    def _environ(self) -> dict[str, str]:
        home, java, run = self.installation.home, self.installation.java, self.run
        class_data = self.installation.class_data or ClassData()
        return {
            **driver_environ(home, java, self.environ),
            **temporary_files(run.temporary),
            **private_home(run.home, run.temporary),
            **launcher_environ(class_data.launcher),
            "SPARK_SUBMIT_OPTS": joined(self._jvm(run.temporary, run.home).options()),
            **self.added,
        }

    def _jvm(self, temporary: Path, home: Path) -> Jvm:
        class_data = self.installation.class_data
        return Jvm(
            java=self.installation.java,
            temporary=temporary,
            home=home,
            class_data=class_data.spark if class_data else None,
            delay_c2=self.delay_c2,
        )
