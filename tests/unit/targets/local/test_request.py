import json
import shlex
from pathlib import Path

import msgspec
import pytest

from sparkferry.errors import UserError
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.project.model import Job
from sparkferry.targets.local.request import LocalRequest, local_request, submit_request
from sparkferry.targets.spark_submit.places import Places
from support.plans import make_layers, make_plan

ONE = LocalTarget(workers=0)
PLACES = Places(environment=Path("/run/env"), report=Path("/run/report"), master="local[*]")
ON_CLUSTER = Places(
    environment=Path("/run/env"),
    report=Path("/run/report"),
    master="spark://127.0.0.1:1",
    properties_file=Path("/cluster/spark.properties"),
    executor_options="-XX:-UsePerfData",
)


def test_the_users_properties_win_over_defaults_but_not_over_what_a_run_is_made_of():
    conf = {
        "spark.driver.memory": "3g",
        "spark.executor.memory": "500m",
        "spark.ui.port": "4040",
        "spark.driver.host": "example.invalid",
        "spark.archives": "x.zip",
    }
    plan = make_plan(spark_conf=conf, layers=make_layers())
    made = submit_request(plan, ON_CLUSTER).conf
    assert made["spark.driver.memory"] == "3g"
    assert made["spark.executor.memory"] == "500m"
    assert made["spark.ui.port"] == "4040"
    assert made["spark.driver.host"] == "127.0.0.1"
    assert made["spark.archives"].startswith("file:///store/layers/aaaa")


def test_executors_are_as_large_as_their_workers_and_run_the_packed_python():
    made = submit_request(make_plan(target=LocalTarget(cores=2, memory="3g")), ON_CLUSTER)
    assert made.conf["spark.executor.cores"] == "2"
    assert made.conf["spark.executor.memory"] == "3g"
    assert made.conf["spark.pyspark.python"] == "./python/bin/python3"
    assert made.conf["spark.pyspark.driver.python"] == "/run/env/python/bin/python3"
    assert made.properties_file == "/cluster/spark.properties"


def test_options_for_executors_are_ours_and_then_the_users():
    conf = {"spark.executor.extraJavaOptions": "-Dx=1"}
    made = submit_request(make_plan(spark_conf=conf), ON_CLUSTER).conf
    assert made["spark.executor.extraJavaOptions"] == "-XX:-UsePerfData -Dx=1"
    quiet = Places(environment=Path("/e"), report=Path("/r"), master="spark://x:1")
    assert "spark.executor.extraJavaOptions" not in submit_request(make_plan(), quiet).conf


def test_in_one_process_nothing_is_shipped():
    made = submit_request(make_plan(target=ONE, layers=make_layers()), PLACES)
    assert made.master == "local[*]"
    assert made.conf["spark.pyspark.python"] == "/run/env/python/bin/python3"
    assert not {key for key in made.conf if key.startswith(("spark.archives", "spark.executor."))}
    assert made.properties_file is None


def test_the_specification_travels_as_one_ascii_argument():
    job = Job(script="scripts/pi.py", config={"city": "Zürich"})
    plan = make_plan(
        target=ONE, job=job, sets={"a": "b=c"}, argv=("\udcff\r\n", "--spec"), strict=True
    )
    option, text = submit_request(plan, PLACES).args
    assert option == "--spec"
    assert text.isascii()
    spec = json.loads(text)
    assert (spec["script"], spec["entry"], spec["strict"]) == ("scripts/pi.py", None, True)
    assert (spec["argv"], spec["sets"]) == (["\udcff\r\n", "--spec"], {"a": "b=c"})
    assert spec["report"] == "/run/report"


def test_what_is_rendered_is_what_a_shell_reads():
    request = LocalRequest(make_plan(target=ONE, sets={"a": "it's\n$HOME"}), PLACES)
    argv = submit_request(make_plan(target=ONE, sets={"a": "it's\n$HOME"}), PLACES).argv(
        "spark-submit"
    )
    assert shlex.split(request.text.replace("\\\n", "")) == ["PYTHONHASHSEED=0", *argv]


def test_a_property_that_would_be_changed_is_refused():
    with pytest.raises(UserError, match="a carriage return does not survive"):
        _ = LocalRequest(make_plan(target=ONE, spark_conf={"spark.x": "a\r"}), PLACES).text


def test_executors_get_a_home_of_the_run_unless_the_user_names_another():
    places = msgspec.structs.replace(ON_CLUSTER, executor_environ={"HOME": "/run/executors/home"})
    made = submit_request(make_plan(), places).conf
    assert made["spark.executorEnv.HOME"] == "/run/executors/home"
    own = make_plan(spark_conf={"spark.executorEnv.HOME": "/data/home"})
    assert submit_request(own, places).conf["spark.executorEnv.HOME"] == "/data/home"
    alone = local_request(make_plan(target=ONE)).submit.conf
    assert "spark.executorEnv.HOME" not in alone


@pytest.mark.parametrize("work", ["/run/work", "/my data/work", "/José/work", "/100%/work"])
def test_tables_go_to_the_working_directory_whatever_its_name(work):
    made = submit_request(make_plan(), msgspec.structs.replace(PLACES, work=Path(work))).conf
    default = None if work == "/run/work" else f"{work}/spark-warehouse"
    assert made.get("spark.sql.warehouse.dir") == default


def test_jars_are_cached_for_all_runs_where_there_are_any():
    places = msgspec.structs.replace(PLACES, ivy=Path("/cache/ivy"))
    assert "spark.jars.ivy" not in submit_request(make_plan(), places).conf
    conf = {"spark.jars.packages": "org.postgresql:postgresql:42.7.4"}
    made = submit_request(make_plan(spark_conf=conf), places).conf
    assert made["spark.jars.ivy"] == "/cache/ivy"
    own = make_plan(spark_conf={**conf, "spark.jars.ivy": "/mine"})
    assert submit_request(own, places).conf["spark.jars.ivy"] == "/mine"
