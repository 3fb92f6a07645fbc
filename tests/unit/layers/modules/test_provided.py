"""What wheels and source directories bring, as far as they are at hand."""

from sparkferry.layers.model import Artifact, Environment, Pin, Selection, Wheel
from sparkferry.layers.modules.provided import provided_at_hand, provided_by
from support.repository import write
from support.wheels import make_wheel

ENVIRONMENT = Environment(python="3.12.1", platform="linux/amd64", glibc=(2, 28))


def wheel(directory, name, *files) -> Wheel:
    path = make_wheel(directory, name, files=dict.fromkeys(files, b""))
    return Wheel(name=name, version="1.0", filename=path.name, sha256=name, path=path)


def test_the_modules_of_wheels(tmp_path, cache):
    wheels = [
        wheel(tmp_path, "pyyaml", "yaml/__init__.py", "yaml/loader.py", "_yaml.abi3.so"),
        wheel(tmp_path, "storage", "google/cloud/storage/__init__.py"),
        wheel(tmp_path, "odd", "odd-1.0.data/purelib/single.py", "odd-1.0.data/scripts/run.py"),
    ]
    found = provided_by(wheels, ENVIRONMENT, cache)
    assert found.minor == 12
    for name in (
        "yaml",
        "yaml.anything",
        "_yaml",
        "google.cloud",
        "google.cloud.storage.x",
        "single",
    ):
        assert found.has(name), name
    for name in ("loader", "google.cloud.bigquery", "odd"):
        assert not found.has(name), name
    assert found.is_namespace("google")
    assert not found.is_namespace("yaml")
    assert found.first_missing("google.cloud.bigquery", "google") == "google.cloud.bigquery"
    assert provided_by(wheels, ENVIRONMENT, cache) == found


def test_packages_that_are_not_at_hand(tmp_path, cache):
    write(tmp_path / "member", {"src/acme/core/__init__.py": "", "tests/test_a.py": ""})
    write(tmp_path / "flat", {"tools/__init__.py": "", ".venv/lib/x.py": ""})
    pins = tuple(
        Pin(name=name, version="1.0", artifact=artifact)
        for name, artifact in (
            (
                "python-dateutil",
                Artifact(name="d-1.0-py3-none-any.whl", url="https://e/d", sha256="0"),
            ),
            ("acme", Artifact(name="acme", url=None, path=str(tmp_path / "member"))),
            ("flat", Artifact(name="flat", url=None, path=str(tmp_path / "flat"))),
        )
    )
    selection = Selection(
        environment=ENVIRONMENT, root=str(tmp_path), lock="uv.lock", lock_sha256="0", pins=pins
    )
    found = provided_at_hand(selection, cache)
    assert found.unread == {"python-dateutil", "acme", "flat"}
    assert found.modules == {"acme.core", "tools"}
    assert found.has("dateutil.parser")
    assert not found.has("lib")
