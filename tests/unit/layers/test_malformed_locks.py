"""Locks that are wrong in one way each, and what is said about it."""

import pytest

from sparkferry.base.cache import Cache
from sparkferry.errors import DiagnosticsError, SparkferryError
from sparkferry.layers.locks.selection import select
from sparkferry.layers.model import Environment
from support.projects import Laptop

PY312 = Environment(python="3.12", platform="linux/amd64", glibc=(2, 31))
HEAD = 'lock-version = "1.0"\ncreated-by = "hand"\n'
HASH = f'hashes = {{ sha256 = "{"0" * 64}" }}'
ALPHA = "name = 'alpha'\nversion = '1'\n"
FOREIGN = "https://example.invalid/alpha-1-cp311-cp311-win32.whl"
SIMPLE_POETRY = '[metadata]\nlock-version = "2.1"\n[[package]]\nname = "alpha"\nversion = "1.0"\n'


def wheel(name: str, file: str, hashes: str = HASH) -> str:
    return (
        f'[[packages]]\nname = "{name}"\nversion = "1.0"\n'
        f'wheels = [{{ url = "https://example.invalid/{file}", {hashes} }}]\n'
    )


CASES = {
    "no toml": ("pylock.toml", "lock-version = ", "could not read the lock `pylock.toml`"),
    "not utf-8": (
        "pylock.toml",
        "# \udcff",
        "could not read `pylock.toml`: line 1: byte 2 (0xff) is not valid UTF-8",
    ),
    "no packages": ("pylock.toml", HEAD, "Missing required value in 'packages'"),
    "packages of a wrong type": ("pylock.toml", f"{HEAD}packages = 3", "Unexpected type int"),
    "version of the future": (
        "pylock.toml",
        'lock-version = "2.0"\ncreated-by = "x"\npackages = []',
        "version 2.0 is not supported",
    ),
    "no hash": (
        "pylock.toml",
        HEAD + wheel("alpha", "alpha-1.0-py3-none-any.whl", "hashes = {}"),
        "could not select `alpha`: it has no hash",
    ),
    "an old hash": (
        "pylock.toml",
        HEAD + wheel("alpha", "alpha-1.0-py3-none-any.whl", 'hashes = { md5 = "0" }'),
        "could not select `alpha`: its only hash is md5, which is not secure",
    ),
    "no digest": (
        "pylock.toml",
        HEAD + wheel("alpha", "alpha-1.0-py3-none-any.whl", 'hashes = { sha256 = "x" }'),
        "could not select `alpha`: `x` is not a sha256 digest",
    ),
    "no file name": (
        "pylock.toml",
        f'{HEAD}[[packages]]\nname = "alpha"\narchive = {{ url = "https://example.invalid/..", {HASH} }}',
        "`https://example.invalid/..` ends in no file name",
    ),
    "the wheel of another package": (
        "pylock.toml",
        HEAD + wheel("alpha", "beta-1.0-py3-none-any.whl"),
        "not consistent with package name 'alpha'",
    ),
    "a name that is not normalised": (
        "pylock.toml",
        HEAD + wheel("Al_pha", "Al_pha-1.0-py3-none-any.whl"),
        "'Al_pha' is not normalized",
    ),
    "a marker that is none": (
        "pylock.toml",
        f'{HEAD}[[packages]]\nname = "alpha"\nmarker = "python_version > "\ndirectory.path = "x"',
        "packages[0].marker",
    ),
    "one package twice": (
        "pylock.toml",
        HEAD + wheel("alpha", "alpha-1.0-py3-none-any.whl") * 2,
        "Multiple packages with the name 'alpha'",
    ),
    "another python": (
        "pylock.toml",
        f'{HEAD}requires-python = ">=3.13"\npackages = []',
        "does not satisfy the Python version requirement",
    ),
    "a package for another python": (
        "pylock.toml",
        f"{HEAD}[[packages]]\n{ALPHA}requires-python = '>=3.13'\ndirectory.path = 'x'",
        "could not select `alpha`: 1 needs Python >=3.13",
    ),
    "another system": (
        "pylock.toml",
        f"{HEAD}environments = [\"sys_platform == 'win32'\"]\npackages = []",
        "does not satisfy any of the environments",
    ),
    "a scheme that is unknown": (
        "pylock.toml",
        HEAD + wheel("alpha", "alpha-1.0-py3-none-any.whl").replace("https:", "ftp:"),
        "the scheme `ftp`",
    ),
    "other version control": (
        "pylock.toml",
        f'{HEAD}[[packages]]\nname = "alpha"\nvcs = {{ type = "hg", url = "x", commit-id = "1" }}',
        "its version control is hg",
    ),
    "a branch in place of a commit": (
        "pylock.toml",
        f'{HEAD}[[packages]]\nname = "alpha"\nvcs = {{ type = "git", url = "x", commit-id = "main" }}',
        "`main` is not a full commit id",
    ),
    "a wheel by url for another python": (
        "pylock.toml",
        f"{HEAD}[[packages]]\n{ALPHA}[packages.archive]\nurl = '{FOREIGN}'\n{HASH}",
        "no wheel for Python 3.12",
    ),
    "an empty uv.lock": ("uv.lock", "", "could not export the lock `uv.lock`"),
    "a conflict of git": ("uv.lock", "<<<<<<< HEAD\n", "could not read the lock `uv.lock`"),
    "an old poetry.lock": (
        "poetry.lock",
        '[metadata]\nlock-version = "1.1"\n',
        "its version is 1.1, and 2.0 or 2.1 is needed",
    ),
    "an empty poetry.lock": ("poetry.lock", "", "its version is none"),
    "a poetry.lock without groups": (
        "poetry.lock",
        SIMPLE_POETRY,
        "could not read the lock `poetry.lock`",
    ),
    "a poetry.lock without hashes": (
        "poetry.lock",
        f'{SIMPLE_POETRY}groups = ["main"]\nfiles = []\n',
        "it has no hash for `alpha`",
    ),
    "a source that poetry alone knows": (
        "poetry.lock",
        f'{SIMPLE_POETRY}groups = ["main"]\n[package.source]\ntype = "hg"\n',
        "could not carry `alpha`",
    ),
    "hashes for some": (
        "requirements.txt",
        f"alpha==1 --hash=sha256:{'0' * 64}\nbeta==1\n",
        "requirements.txt:2: error: could not select `beta==1`: it has no hash",
    ),
    "an included file that is missing": (
        "requirements.txt",
        "-r nowhere.txt\n",
        "requirements.txt:1: error: could not read",
    ),
    "a requirement that is none": (
        "requirements.txt",
        "alpha===\n",
        "requirements.txt:1: error: could not read `alpha===`: it is not a requirement",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_said(laptop: Laptop, cache: Cache, case):
    name, text, expected = CASES[case]
    (laptop.root / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SparkferryError) as caught:
        select(laptop.project("alpha"), PY312, cache)
    error = caught.value
    said = [error.message]
    if isinstance(error, DiagnosticsError):
        said = [str(item) for item in error.diagnostics]
        assert all(item.file == name and item.hint for item in error.diagnostics)
    assert expected in "\n".join(said)


@pytest.mark.parametrize("name", ["pylock.toml", "requirements.txt"])
def test_groups_and_extras_that_the_lock_does_not_have(laptop: Laptop, cache: Cache, name):
    laptop.write(name, f"{HEAD}packages = []" if name == "pylock.toml" else "# nothing\n")
    with pytest.raises(DiagnosticsError) as caught:
        select(laptop.project("alpha", groups=("jobs",), extras=("b", "a")), PY312, cache)
    assert [str(item) for item in caught.value.diagnostics] == [
        f"{name}: error: the lock has no extras a, b",
        f"{name}: error: the lock has no groups jobs",
    ]
