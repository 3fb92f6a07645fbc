"""The clients of one command: one for each target's settings, closed together."""

from contextlib import ExitStack
from typing import Any

import msgspec

from sparkferry.env import Env
from sparkferry.targets.api import Client
from sparkferry.targets.plan import Plan
from sparkferry.targets.registry import kind_of


class Clients(ExitStack):
    """Opens what talks to the targets that plans are for."""

    def __init__(self, env: Env) -> None:
        super().__init__()
        self._env = env
        self._open: dict[bytes, Client[Any]] = {}

    def of(self, plan: Plan) -> Client[Any]:
        """Return the client of a plan's target.

        :raises UserError: what its kind needs is not installed.
        :raises ExternalError: the target cannot be reached.
        """
        key = msgspec.json.encode(plan.target)
        if key not in self._open:
            opened = kind_of(plan.target).open(plan.target, self._env)
            self._open[key] = self.enter_context(opened)
        return self._open[key]
