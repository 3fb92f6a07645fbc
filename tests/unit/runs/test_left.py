from sparkferry.runs.left import left_place, left_warnings, read_left
from sparkferry.runs.model import Run
from sparkferry.runs.outcome import read_outcome
from support.plans import make_plan


def test_what_was_left_is_listed_with_its_size(ledger):
    run = ledger.create(make_plan())
    ledger.store.put(f"{run.plan.prefix}/files/work/made-here/part-0", b"abc")
    ledger.store.put(f"{run.plan.prefix}/logs/driver.log", b"no leftover")
    assert read_left(ledger, run) == {"work/made-here/part-0": 3}
    outcome = read_outcome(ledger, ledger.append(run.id, "cancelled"))
    assert outcome.left == {"work/made-here/part-0": 3}
    assert len(outcome.warnings) == 1


def test_a_warning_names_place_and_files():
    left = {"work/a": 1, "home/x/y.pkl": 2, **{f"executors/0/work/{n}.csv": 1 for n in range(5)}}
    said = list(left_warnings(left, "/store/runs/main/x/files"))
    assert [one.partition(": ")[0] for one in said] == [
        "the job wrote a file to its working directory, where no other run sees them",
        "the job wrote a file to its home directory, where no other run sees them",
        "the job wrote 5 files to directories of its executors, where no other run sees them",
    ]
    assert "`x/y.pkl`; kept in `/store/runs/main/x/files/home`" in said[1]
    assert "`0/`" in said[2]


def test_many_names_are_counted():
    (said,) = left_warnings({f"work/{n}.csv": 1 for n in range(9)}, "/f")
    assert "`0.csv`, `1.csv`, `2.csv` and 6 more" in said


def test_the_place_is_that_of_the_records():
    assert left_place(Run(plan=make_plan("a-1"))) == "/store/runs/main/a-1/files"
