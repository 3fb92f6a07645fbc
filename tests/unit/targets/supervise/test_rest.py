"""Against a server that answers as Spark's pages do."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from sparkferry.targets.api import Stage
from sparkferry.targets.supervise.rest import active_stages, registered_workers

STAGES = [
    {"stageId": 7, "name": "collect", "numCompleteTasks": 1, "numTasks": 4, "status": "ACTIVE"},
    {"stageId": 3, "name": "count", "numCompleteTasks": 0, "numTasks": 2, "status": "ACTIVE"},
]


@contextmanager
def serving(answers: dict[str, tuple[int, str]]):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            code, text = answers.get(self.path, (404, "{}"))
            self.send_response(code)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_stages_are_sorted():
    path = "/api/v1/applications/app-1/stages?status=active"
    with serving({path: (200, json.dumps(STAGES))}) as url:
        assert active_stages(url, "app-1") == (
            Stage(id=3, name="count", done=0, total=2),
            Stage(id=7, name="collect", done=1, total=4),
        )


def test_workers_are_counted_while_they_are_alive():
    with serving({"/json/": (200, '{"aliveworkers": 2, "workers": [{}, {}, {}]}')}) as url:
        assert registered_workers(url) == 2


@pytest.mark.parametrize(("code", "text"), [(500, "[]"), (200, "<html>"), (200, '"text"')])
def test_what_does_not_answer_as_spark_does_tells_nothing(code, text):
    answers = {"/json/": (code, text), "/api/v1/applications/a/stages?status=active": (code, text)}
    with serving(answers) as url:
        assert registered_workers(url) == 0
        assert active_stages(url, "a") == ()


def test_nobody_there_tells_nothing():
    with serving({}) as url:
        pass
    assert registered_workers(url) == 0
    assert active_stages(url, "app-1") == ()
