"""Runs on clusters of their own: what executors see, and that nothing is ever left behind."""

import itertools
import signal

import pytest

from support.cli import wait

pytestmark = pytest.mark.spark


def has_started(warm_cli, job):
    """Wait until a run's job is under way on the executors, and return the run's id."""

    def look():
        found = warm_cli("runs", "--json", "--job", job, "--state", "running").json
        ours = [row["run"] for row in found if row["id handle"].endswith(f":{warm_cli.state}")]
        return ours[0] if ours else None

    run = wait(look)
    assert run, warm_cli("runs").stdout
    return run


def test_executors_see_nothing_of_the_machine(alone):
    told = alone.outcome("surroundings")
    assert told["state"] == "succeeded"
    alone.no_process_left()

    seen = told["result"]
    assert len({facts["cwd"] for facts in seen}) == 2
    for facts in seen:
        cwd, environ = facts["cwd"], facts["environ"]
        assert cwd.startswith(str(alone.state))
        assert facts["executable"].startswith((f"{cwd}/python/", "./python/"))
        assert facts["prefix"] == f"{cwd}/packages"
        ours = (cwd, str(alone.state), str(alone.cache / "spark"))
        assert [entry for entry in facts["path"] if not entry.startswith(ours)] == []
        assert environ["HOME"].startswith(str(alone.state))
        assert not environ.keys() & {"USER", "VIRTUAL_ENV", "PYTHONHOME"}
        assert not facts["user_site"]
        outside = (x for entry, x in facts["tools"].items() if not entry.startswith(f"{cwd}/"))
        tools = {name for names in outside for name in names}
        assert not [name for name in tools if name.startswith(("python", "pip", "uv", "conda"))]


def test_control_c_cancels(alone):
    process = alone.start("run", "waits")
    run = has_started(alone, "waits")
    process.send_signal(signal.SIGINT)

    done = alone.end(process)
    assert done.code == 130
    assert "cancelled" in done.stderr
    assert alone("status", "--json", run).json["state"] == "cancelled"
    alone.no_process_left()


@pytest.mark.parametrize(
    ("number", "said"),
    [(signal.SIGTERM, "its client was terminated"), (signal.SIGHUP, "its client was hung up")],
)
def test_a_client_that_is_asked_to_end_cancels(alone, number, said):
    alone = alone.with_("targets.local.workers=0")
    process = alone.start("run", "waits")
    run = has_started(alone, "waits")
    process.send_signal(number)

    done = alone.end(process)
    assert done.code == 128 + number
    found = alone("status", "--json", run).json
    assert found["state"] == "cancelled"
    assert said in found["reason"]
    alone.no_process_left()


def test_a_client_that_is_killed_loses_its_run_and_leaves_nothing(alone):
    process = alone.start("run", "waits")
    run = has_started(alone, "waits")
    process.kill()
    alone.end(process)

    alone.no_process_left(40)
    (found,) = [row for row in alone("runs", "--json").json if row["run"] == run]
    assert found["state"] == "lost"
    assert "--detach" in found["reason"]


def test_a_detached_run_goes_on_is_looked_at_and_is_cancelled(alone):
    rendered = alone("render", "--json", "waits").json["request"]["value"]
    run = alone("run", "--detach", "waits").run
    assert has_started(alone, "waits") == run
    assert {"id application", "id master"} <= alone("runs", "--json").json[0].keys()
    sent = next(words for words in map(submitted, alone.living()) if words)
    assert same_request(sent, rendered, alone)

    following = alone.start("logs", "-f", run)
    assert "application" in alone("logs", run).stdout
    assert alone("cancel", run).stdout == f"{run}\n"
    followed = alone.end(following)
    assert followed.code == 0
    assert followed.stdout == alone("logs", run).stdout
    assert alone("status", "--json", run).json["state"] == "cancelled"
    assert "had ended before" in alone("cancel", run).stderr
    alone.no_process_left()


def test_executors_that_die_again_and_again_end_a_run_that_nobody_follows(alone):
    conf = "spark.executor.extraJavaOptions=-agentlib:bogus"
    run = alone("run", "scaled", "--detach", "--conf", conf).run
    assert wait(lambda: not alone.processes() or None, 200), alone.processes()

    found = alone("status", "--json", run).json
    assert (found["state"], found["outcome"]["error"]["type"]) == ("failed", "failed")
    assert "executors were started, and the last 12 ended before they got a task" in found["reason"]
    assert "Could not find agent library bogus" in found["reason"]
    alone.no_process_left()


@pytest.mark.parametrize(
    ("whom", "said"),
    [("worker", "a Python worker on an executor ended"), ("executor", "ExecutorLostFailure")],
)
def test_tasks_that_kill_end_the_run(alone, whom, said):
    given = ("--set", f"whom={whom}", "--conf", "spark.task.maxFailures=2")
    done = alone("run", "dies", *given, code=1)

    assert said in done.stderr
    alone.no_process_left()


def submitted(process):
    """Return the arguments of a SparkSubmit, or None for any other process."""
    words = process.cmdline()
    main = "org.apache.spark.deploy.SparkSubmit"
    return words[words.index(main) + 1 :] if main in words else None


def same_request(sent, rendered, warm_cli):
    """Tell whether what was sent is what was rendered, apart from what only a started run knows."""
    conf = {pair for flag, pair in itertools.pairwise(sent) if flag == "--conf"}
    places = (str(warm_cli.state), "spark.executor.extraJavaOptions")
    wanted = {f"{key}={value}" for key, value in rendered["conf"].items()}
    open_ = {pair for pair in conf ^ wanted if not any(place in pair for place in places)}
    return not open_ and sent[-2] == rendered["args"][0]
