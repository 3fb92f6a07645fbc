import io
import zipfile

import msgspec
import pytest

from sparkferry.project.model import Job
from sparkferry.runs.missing_path import explain_missing, missing_path
from sparkferry.runs.model import Run
from support.plans import make_layers, make_plan

RUN = "etl-20260101-120000-aaaa"
WORK = f"file:/srv/state/runs/{RUN}/work"


@pytest.mark.parametrize(
    ("said", "path"),
    [
        (
            (f"AnalysisException: [PATH_NOT_FOUND] Path does not exist: {WORK}/tests/data/employees. "
            "SQLSTATE: 42K03"),
            "tests/data/employees",
        ),
        (f"[PATH_NOT_FOUND] Path does not exist: {WORK}/a.csv.", "a.csv"),
        (f"InvalidInputException: Input path does not exist: {WORK}/d/x.txt", "d/x.txt"),
        (f"java.io.FileNotFoundException: File {WORK}/configs/etl.json does not exist", "configs/etl.json"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'conf/my x.json'", "conf/my x.json"),
        ("FileNotFoundError: [Errno 2] No such file or directory: \"it's\"", "it's"),
        ("FileNotFoundError: data/x.parquet", "data/x.parquet"),
        (
            ("java.io.FileNotFoundException: /s/worker-0/work/app-20260101120000-0000/1/lookup.csv "
            "(No such file or directory)"),
            "lookup.csv",
        ),
        ("FileNotFoundError: [Errno 2] No such file or directory: '/etc/x.json'", None),
        ("FileNotFoundError: s3://bucket/x", None),
        ("[PATH_NOT_FOUND] Path does not exist: file:/data/x. SQLSTATE: 42K03", None),
        (f"ValueError: could not parse {WORK}/x", None),
        ("FileNotFoundError: three files are missing", None),
    ],
)  # fmt: skip
def test_a_relative_path_is_found_in_what_spark_and_python_say(said, path):
    assert missing_path(f"Traceback\n{said}\n\tat org.apache", RUN) == path


@pytest.fixture
def run(ledger, tmp_path):
    """A run whose code layer has one included file; another file of the project does not ship."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("conf/etl/x.json", "{}")
    layers = make_layers()
    ledger.store.put(layers[-1].key, data.getvalue())
    (tmp_path / "project/data").mkdir(parents=True)
    return Run(plan=make_plan(RUN, layers=layers, root=str(tmp_path / "project")))


@pytest.mark.parametrize(
    ("path", "fix"),
    [
        (
            "conf/etl/x.json",
            'it is in the code layer: open it as `context.file("conf/etl/x.json")`',
        ),
        ("./conf/etl", 'it is in the code layer: open it as `context.file("conf/etl")`'),
        ("data", "it is in the project but does not ship: add `data` to `include`, and open it as"),
        ("elsewhere", "give an absolute path or URI that driver and executors can read"),
    ],
)
def test_the_fix_says_whether_the_file_ships(run, ledger, path, fix):
    known = explain_missing(
        f"FileNotFoundError: [Errno 2] No such file or directory: '{path}'", run, ledger
    )
    assert known is not None
    assert known.cause.startswith(f"`{path}` is relative to the run's working directory")
    assert known.fix.startswith(fix)


def test_a_script_opens_files_beside_itself(run, ledger):
    plan = msgspec.structs.replace(run.plan, job=Job(script="jobs/etl_job.py"))
    known = explain_missing("FileNotFoundError: conf/etl", Run(plan=plan), ledger)
    assert known is not None
    assert known.fix.endswith('`Path(__file__).parents[1] / "conf/etl"`')


def test_a_layer_that_is_gone_and_an_unknown_project_are_no_hindrance(ledger):
    known = explain_missing(
        "FileNotFoundError: a/b", Run(plan=make_plan(RUN, layers=make_layers())), ledger
    )
    assert known is not None
    assert known.fix.startswith("give an absolute path")


def test_other_errors_are_left_alone(ledger):
    assert explain_missing("ValueError: no", Run(plan=make_plan(RUN)), ledger) is None
