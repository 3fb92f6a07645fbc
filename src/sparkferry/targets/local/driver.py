"""The driver of a run as a program: spark-submit, its environment, its place."""

import os
from pathlib import Path

import msgspec

from sparkferry.spark.class_data import ClassData
from sparkferry.spark.environ import driver_environ, private_home, temporary_files
from sparkferry.spark.jvm import Jvm, joined, launcher_environ
from sparkferry.spark.submit import PROGRAM
from sparkferry.targets.local.files import RunDirectory
from sparkferry.targets.local.installation import Installation
from sparkferry.targets.local.request import LocalRequest, Places, submit_request
from sparkferry.targets.local.session import Program
from sparkferry.targets.plan import Plan


class Driver(msgspec.Struct, frozen=True):
    """Who submits a run."""

    request: LocalRequest
    installation: Installation
    run: RunDirectory

    @property
    def plan(self) -> Plan:
        """The plan of its run."""
        return self.request.plan

    def program(self, master: str, properties: Path | None = None) -> Program:
        """Return its program for ``master``; ``properties`` is the file with the master's secret."""
        request = submit_request(self.plan, self._places(master, properties))
        return Program(
            argv=request.argv(str(self.installation.home.path / PROGRAM)),
            env=self._environ(),
            cwd=self.run.work,
            output=self.run.log,
            main=True,
        )

    def _places(self, master: str, properties: Path | None) -> Places:
        return msgspec.structs.replace(
            self.request.places,
            master=master,
            properties_file=properties,
            executor_options=joined(self._executor_jvm().options()),
            ivy=self.installation.ivy,
        )

    def _environ(self) -> dict[str, str]:
        home, java = self.installation.home, self.installation.java
        class_data = self.installation.class_data or ClassData()
        return {
            **driver_environ(home, java, {} if self.plan.image else os.environ),
            **temporary_files(self.run.temporary),
            **private_home(self.run.home, self.run.temporary),
            **launcher_environ(class_data.launcher),
            "SPARK_SUBMIT_OPTS": joined(self._jvm(self.run.temporary, self.run.home).options()),
        }

    def _executor_jvm(self) -> Jvm:
        return self._jvm(self.run.executors.temporary, self.run.executors.home)

    def _jvm(self, temporary: Path, home: Path) -> Jvm:
        class_data = self.installation.class_data
        return Jvm(
            java=self.installation.java,
            temporary=temporary,
            home=home,
            class_data=class_data.spark if class_data else None,
            patient=self.plan.target.quick_compile,
        )
