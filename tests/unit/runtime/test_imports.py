import sys
import types

import pytest

from sparkferry.runtime.imports import imported, in_order, places


@pytest.fixture
def layers(tmp_path, monkeypatch):
    """Three layers side by side, with modules of each that are imported."""
    files = {
        "packages/Thing_x-1.2.dist-info/RECORD": "thing/__init__.py,,\nns/a.py,,\n",
        "packages/other-3.dist-info/RECORD": "ns/b.py,,\n",
        "packages/thing/__init__.py": "",
        "packages/ns/a.py": "",
        "packages/ns/b.py": "",
        "packages/loose.py": "",
        "code/app/__init__.py": "",
        "code/app/jobs.py": "",
        "elsewhere/site-packages/alien/__init__.py": "",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    names = {
        "thing": "packages/thing/__init__.py",
        "ns.a": "packages/ns/a.py",
        "ns.b": "packages/ns/b.py",
        "loose": "packages/loose.py",
        "app": "code/app/__init__.py",
        "app.jobs": "code/app/jobs.py",
        "alien": "elsewhere/site-packages/alien/__init__.py",
    }
    for name, file in names.items():
        module = types.ModuleType(name)
        module.__file__ = str(tmp_path / file)
        module.__version__ = "0.1"
        monkeypatch.setitem(sys.modules, name, module)
    return tmp_path


def of(layers, origin):
    return [entry[:3] for entry in imported(places(layers / "code")) if entry.origin == origin]


def test_imports_are_told_by_distribution_and_origin(layers):
    assert of(layers, "packages") == [
        ("Thing_x", "1.2", "packages/ns"),
        ("loose", None, "packages/loose.py"),
        ("other", "3", "packages/ns"),
    ]
    assert of(layers, "code") == [("app", None, "code/app")]
    alien = f"{layers}/elsewhere/site-packages/alien"
    assert ("alien", "0.1", alien) in of(layers, "system")


def test_the_standard_library_is_one_entry(layers):
    version = ".".join(map(str, sys.version_info[:3]))
    assert of(layers, "interpreter") == [("python", version, sys.base_prefix)]


def test_an_interpreter_that_is_not_the_packed_one_comes_from_the_system(layers):
    (layers / "python").mkdir()
    assert ("python", "system") in {
        (entry.name, entry.origin) for entry in imported(places(layers / "code"))
    }


def test_a_layer_behind_a_link_is_the_layer(layers):
    (layers / "packages").rename(layers / "stored")
    (layers / "packages").symlink_to(layers / "stored")
    assert ("other", "3", "packages/ns") in of(layers, "packages")


def test_the_order_does_not_depend_on_the_order_of_imports(layers):
    found = imported(places(layers / "code"))
    assert in_order(reversed(found)) == found


def test_layers_that_lie_among_the_files_of_the_job_are_layers(layers):
    where = places(layers / "code")._replace(files=str(layers))
    origins = {entry.name: entry.origin for entry in imported(where)}
    assert (origins["other"], origins["app"], origins["alien"]) == ("packages", "code", "spark")
