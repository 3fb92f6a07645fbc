"""What is wrong stops `pack` and `run` with a reason and a remedy, and leaves nothing half-made."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sparkferry.cli.main import invoke
from support.laptop import edit
from support.projects import Laptop
from support.raw_wheels import Raw, archive, complete
from support.wheels import make_wheel


def traces(demo: Laptop, cache: Path) -> dict[str, object]:
    """Return all that a run could leave: refs, store, state, layers, and unfinished work."""
    refs = subprocess.run(["git", "for-each-ref"], cwd=demo.root, capture_output=True, check=True)
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=demo.root, capture_output=True, check=True
    )
    return {
        "refs": refs.stdout,
        "status": status.stdout,
        "store": sorted((demo.root / ".sparkferry").rglob("*")),
        "state": sorted((demo.root.parent / "state").rglob("*")),
        "packages": sorted((cache / "layers").glob("*/packages.zip")),
        "unfinished": sorted((cache / "tmp").glob("*")),
    }


def lock_of(demo: Laptop, wheel: bytes, name: str = "evil") -> None:
    """Depend on a wheel of these bytes, by a lock with their right hash."""
    import hashlib

    path = demo.index.directory / f"{name}-1.0-py3-none-any.whl"
    path.write_bytes(wheel)
    (demo.root / "uv.lock").unlink()
    edit(demo.root / "pyproject.toml", "['alpha']", f"['{name}']")
    digest = hashlib.sha256(wheel).hexdigest()
    demo.write(
        "pylock.toml",
        'lock-version = "1.0"\ncreated-by = "tests"\n[[packages]]\n'
        f'name = "{name}"\nversion = "1.0"\n[[packages.wheels]]\n'
        f'url = "{demo.index.url}/files/{path.name}"\nhashes = {{ sha256 = "{digest}" }}\n',
    )


def climbing_wheel(demo: Laptop) -> None:
    lock_of(demo, archive(complete({"../evil.py": Raw(b"x")}, "evil")))


def truncated_wheel(demo: Laptop) -> None:
    lock_of(demo, archive(complete({"evil.py": Raw(b"x" * 5000)}, "evil"))[:-60])


def changed_on_the_index(demo: Laptop) -> None:
    make_wheel(demo.index.directory, "eve")
    edit(demo.root / "pyproject.toml", "['alpha']", "['alpha', 'eve']")
    demo.uv("lock")
    make_wheel(demo.index.directory, "eve", files={"eve.py": b"other"})


def gone_from_the_index(demo: Laptop) -> None:
    make_wheel(demo.index.directory, "fay")
    edit(demo.root / "pyproject.toml", "['alpha']", "['alpha', 'fay']")
    demo.uv("lock")
    demo.index.faults["fay-1.0-py3-none-any.whl"] = [404] * 20


def two_for_one_path(demo: Laptop) -> None:
    for name in ("gil", "hal"):
        make_wheel(demo.index.directory, name, files={"same.py": name.encode()})
    edit(demo.root / "pyproject.toml", "['alpha']", "['alpha', 'gil', 'hal']")
    demo.uv("lock")


def conflict(demo: Laptop) -> None:
    demo.write("uv.lock", "<<<<<<< HEAD\n")


def hashless(demo: Laptop) -> None:
    text = (demo.root / "uv.lock").read_text()
    demo.write("uv.lock", re.sub(r', hash = "sha256:\w+"', "", text))


def secret(demo: Laptop) -> None:
    demo.write("key.pem", "-----BEGIN PRIVATE KEY-----")


def leaving_link(demo: Laptop) -> None:
    (demo.root / "src/demo/link.py").symlink_to("/etc/hostname")


def misspelt(demo: Laptop) -> None:
    edit(demo.root / "pyproject.toml", "spark = ", "sprak = ")


def shipped_twice(demo: Laptop) -> None:
    demo.write("demo/jobs.py", "other = 1\n")
    edit(demo.root / "pyproject.toml", 'spark = "4.0"', 'spark = "4.0"\ninclude = ["demo/**"]')


CASES: dict[str, tuple[Callable[[Laptop], None], int, str]] = {
    "a wheel that climbs": (climbing_wheel, 3, "evil"),
    "a wheel cut short": (truncated_wheel, 3, "evil"),
    "a wheel that changed on the index": (changed_on_the_index, 3, "eve-1.0"),
    "a wheel that is gone": (gone_from_the_index, 3, "fay-1.0"),
    "two wheels for one path": (two_for_one_path, 2, "same.py"),
    "a lock with a conflict": (conflict, 2, "could not read the lock `uv.lock`"),
    "a lock without hashes": (hashless, 2, "it has no hash"),
    "a private key": (secret, 2, "could not ship `key.pem`"),
    "a link out of the tree": (leaving_link, 2, "link.py"),
    "a key that does not exist": (misspelt, 2, "unknown key `sprak`"),
    "two files for one place": (shipped_twice, 2, "could not ship `"),
}


@pytest.mark.parametrize("case", CASES)
def test_pack_and_run_stop_and_leave_nothing(
    demo: Laptop, shared_cache: Path, capsys: pytest.CaptureFixture[str], case: str
):
    spoil, expected, reason = CASES[case]
    spoil(demo)
    before = traces(demo, shared_cache)
    for arguments in (["pack"], ["run", "count", "--set", "source=x"]):
        capsys.readouterr()
        code = invoke(arguments)
        said = capsys.readouterr()
        assert (code, said.out) == (expected, ""), said.err
        assert reason in said.err
        assert re.search(r"^error: could not .+", said.err, re.MULTILINE)
        assert "  hint: " in said.err
        assert "unexpected" not in said.err
    assert traces(demo, shared_cache) == before


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["count"], "argument `source` is missing"),
        (["count", "--set", "suorce=x"], "argument `suorce` is unknown: did you mean `source`?"),
        (["count", "--set", "source=x", "--set", "n=1.5"], "argument `n`: expected an integer"),
        (["cuont"], "did you mean `count`?"),
        (["tool", "--set", "n=1"], "`tool` takes no argument `n`"),
        (["count", "--set", "source=x", "--run-id", "A B"], "could not use `A B` as a run id"),
        (["tool", "--target", "prod"], "there is no target `prod`"),
        (["tool", "-o", "targets.local.workers=many"], "must be a whole number from 0 to 64"),
    ],
)
def test_a_wrong_word_stops_before_anything_is_packed(
    demo, shared_cache, capsys, arguments, reason
):
    before = traces(demo, shared_cache)
    asked = len(demo.index.requests)
    assert invoke(["run", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert reason in said.err
    assert traces(demo, shared_cache) == before
    assert len(demo.index.requests) == asked
