"""The one version that a lock names for a package."""

import pytest

from sparkferry.layers.locks.lock import Lock
from sparkferry.layers.locks.locked import locked_version

UV = '[[package]]\nname = "pyspark"\nversion = "4.0.5"\n[[package]]\nname = "numpy"\nversion = "2.0"\n'
FORK = UV + '[[package]]\nname = "pyspark"\nversion = "3.5.9"\n'
PYLOCK = '[[packages]]\nname = "pyspark"\nversion = "4.0.5"\n'
REQUIREMENTS = (
    f"numpy==2.0 \\\n    --hash=sha256:{'0' * 64}\nPySpark[sql]==4.0.5 ; python_version > '3' \\\n"
)


@pytest.mark.parametrize(
    ("kind", "text", "version"),
    [
        ("uv", UV, "4.0.5"),
        ("poetry", UV, "4.0.5"),
        ("pylock", PYLOCK, "4.0.5"),
        ("requirements", REQUIREMENTS, "4.0.5"),
        ("requirements", "pyspark>=4\nmy-pyspark==1.0\n", None),
        ("uv", FORK, None),
        ("uv", "version = 1\n", None),
        ("uv", '[[package]]\nname = "pyspark"\n', None),
    ],
)
def test_version(tmp_path, kind, text, version):
    path = tmp_path / "lock"
    path.write_text(text)
    lock = Lock(kind=kind, path=path, name="lock", sha256="")
    assert locked_version(lock, "pyspark") == version


A, B = "a" * 64, "b" * 64
