"""What Spark's own pages tell as JSON: the master's ``/json/`` and the driver's REST API."""

import json
from typing import Any
from urllib.parse import urlsplit

from sparkferry.targets.api import Stage

HTTP_OK = 200

_SECONDS = 2.0
"""How long a page on this machine may take; a busy driver is asked again later."""


def registered_workers(master_ui: str) -> int:
    """Return how many workers the master knows and finds alive."""
    said = _get(f"{master_ui}/json/")
    return int(said.get("aliveworkers", 0)) if isinstance(said, dict) else 0


def active_stages(driver_ui: str, application: str) -> tuple[Stage, ...]:
    """Return the progress of the stages that run now, by id; none where the driver does not answer.

    The address is that of Spark's monitoring documentation.
    """
    said = _get(f"{driver_ui}/api/v1/applications/{application}/stages?status=active")
    stages = said if isinstance(said, list) else []
    found = (
        Stage(
            id=stage["stageId"],
            name=stage["name"],
            done=stage["numCompleteTasks"],
            total=stage["numTasks"],
        )
        for stage in stages
    )
    return tuple(sorted(found, key=lambda stage: stage.id))


def executors_with_tasks(driver_ui: str, application: str) -> frozenset[int] | None:
    """Return the executors, dead ones too, that ever got a task; None where the driver does not answer."""
    said = _get(f"{driver_ui}/api/v1/applications/{application}/allexecutors")
    if not isinstance(said, list):
        return None
    return frozenset(
        int(found["id"]) for found in said if found["id"].isdigit() and found["totalTasks"]
    )


def _get(url: str) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """Return the JSON at an address, or None."""
    try:
        return json.loads(read_page(url) or b"null")
    except ValueError:
        return None


def read_page(url: str, seconds: float = _SECONDS) -> bytes | None:
    """Return what one of Spark's pages says, or None where it does not answer within ``seconds``."""
    from http.client import HTTPConnection, HTTPException, HTTPSConnection

    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=seconds)
    try:
        connection.request("GET", f"{parts.path or '/'}{query}")
        answer = connection.getresponse()
        return answer.read() if answer.status == HTTP_OK else None
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()
