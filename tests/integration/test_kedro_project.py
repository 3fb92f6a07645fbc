"""A Kedro project in the shape of spaceflights: two pipelines, and tables that pass between them."""

import pytest

from support.cli import Cli
from support.real_projects import assert_becomes_an_image, checked_out, uv_lock


@pytest.fixture(scope="module")
def user(cold_cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    root = checked_out("kedro", uv_lock, tmp_path_factory.mktemp("real"))
    return cold_cli.with_(root=root)


@pytest.fixture(params=(0, 2), ids=lambda workers: f"{workers}-workers")
def running(request: pytest.FixtureRequest, user: Cli, warm_cli: Cli) -> Cli:
    return user.with_(f"targets.local.workers={request.param}")


def test_check_finds_nothing(user):
    done = user("check")
    assert (done.stdout, done.stderr.splitlines()[-1]) == ("", "0 errors, 0 warnings")


def test_tables_pass_from_one_pipeline_to_the_next_by_their_place(running, tmp_path):
    tables = ("--set", f"tables={tmp_path}/tables")
    assert running.outcome("process", *tables)["result"] == {}
    assert running.outcome("report", *tables)["result"] == {"shuttles": 40}


def test_no_table_of_an_earlier_run_is_in_the_project(user):
    """A pipeline that reads what another run left beside the code would succeed by chance."""
    alone = user.with_("targets.local.workers=0")
    written = alone.outcome("process")
    failed = alone.outcome("report", code=1)
    assert "PATH_NOT_FOUND" in failed["error"]["message"]
    again = alone("rerun", "--json", written["run_id"]).json
    assert (again["state"], again["result"]) == ("succeeded", {})


@pytest.mark.engine
def test_it_becomes_an_image_that_keeps_its_promises(user, tmp_path):
    assert_becomes_an_image(user, tmp_path)
