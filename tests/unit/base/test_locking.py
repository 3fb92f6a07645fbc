import threading
from pathlib import Path

from sparkferry.base.disk import move_into_place
from sparkferry.base.locking import holding, scratch, sweep


def test_a_lock_whose_file_was_removed_meanwhile_is_taken_anew(tmp_path: Path):
    path, taken = tmp_path / "lock", threading.Event()

    def wait_for_it() -> None:
        with holding(path):
            taken.set()
            assert path.exists()

    waiting = threading.Thread(target=wait_for_it)
    with holding(path):
        waiting.start()
        assert not taken.wait(0.05)
        path.unlink()
    waiting.join(5)
    assert taken.is_set()


def test_sweeping_never_takes_what_is_in_use(tmp_path: Path):
    done = threading.Event()

    def sweep_on() -> None:
        while not done.is_set():
            sweep(tmp_path)

    sweepers = [threading.Thread(target=sweep_on) for _ in range(2)]
    for sweeper in sweepers:
        sweeper.start()
    for number in range(300):
        with scratch(tmp_path) as directory:
            (directory / "file").write_text(str(number))
            assert (directory / "file").read_text() == str(number)
    done.set()
    for sweeper in sweepers:
        sweeper.join()
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_sweep(tmp_path: Path):
    sweep(tmp_path / "nowhere")


def test_what_is_there_stays(tmp_path: Path):
    for name in ("made", "place"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    move_into_place(tmp_path / "made", tmp_path / "place")
    assert (tmp_path / "place/file").read_text() == "place"
