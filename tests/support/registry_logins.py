"""What tests of registries share: logins in files, and a progress that adds up."""

import base64
import json
from contextlib import nullcontext
from pathlib import Path

from support.registry_server import PASSWORD, USER


def log_in(
    environ: dict[str, str], *hosts: str, user: str = USER, password: str = PASSWORD
) -> Path:
    """Write the file that ``docker login`` writes."""
    auth = base64.b64encode(f"{user}:{password}".encode()).decode()
    return write_logins(environ, {"auths": {host: {"auth": auth} for host in hosts}})


def write_logins(environ: dict[str, str], content: object) -> Path:
    """Write Docker's file of logins."""
    path = Path(environ["HOME"]) / ".docker/config.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content))
    return path


class Counter:
    """A progress that adds up what it is told."""

    def __init__(self) -> None:
        self.done, self.total = 0, 0

    def task(self, title: str, total: int | None = None, unit: str = "B") -> nullcontext["Counter"]:
        self.total += total or 0
        return nullcontext(self)

    def advance(self, amount: int) -> None:
        self.done += amount

    def message(self, text: str) -> None:
        pass
