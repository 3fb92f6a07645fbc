import sys
import types
from pathlib import Path

import pytest

from sparkferry.layers.interpreter.prefix import Prefix
from sparkferry.layers.interpreter.tree import (
    activation,
    extension_modules,
    library_members,
    relocatable_sysconfig,
)

SHIPPED = {
    "lib/python3.12/os.py",
    "lib/python3.12/unittest/mock.py",
    "lib/python3.12/lib2to3/Grammar.txt",
    "include/python3.12/Python.h",
}
LEFT_OUT = """
lib/python3.12/test/support/__init__.py
lib/python3.12/unittest/test/test_case.py
lib/python3.12/lib2to3/tests/__init__.py
lib/python3.12/idlelib/idle.py
lib/python3.12/tkinter/__init__.py
lib/python3.12/turtle.py
lib/python3.12/turtledemo/clock.py
lib/python3.12/ensurepip/__init__.py
lib/python3.12/config-3.12-x86_64-linux-gnu/Makefile
lib/python3.12/__pycache__/os.cpython-312.pyc
lib/python3.12/site-packages/pip/__init__.py
lib/python3.12/distutils/command/wininst.exe
lib/python3.12/sitecustomize.py
lib/python3.12/EXTERNALLY-MANAGED
lib/python3.12/_sysconfig_vars__linux_x86_64-linux-gnu.json
lib/python3.12/libpython3.12.a
lib/pkgconfig/python3.pc
share/man/man1/python3.1
"""
MODULES = ["_ssl", "_bisect", "_tkinter", "nis", "_testcapi", "_ctypes_test", "xxlimited"]


@pytest.fixture
def prefix(tmp_path: Path) -> Prefix:
    modules = [f"lib/python3.12/lib-dynload/{name}.cpython-312.so" for name in MODULES]
    for name in (*SHIPPED, *LEFT_OUT.split(), *modules):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    return Prefix(
        directory=str(tmp_path),
        version="3.12.1",
        platform="linux/amd64",
        stdlib="lib/python3.12",
        dynload="lib/python3.12/lib-dynload",
        include="include/python3.12",
        site="lib/python3.12/site-packages",
    )


def test_ships_the_library_without_what_no_job_needs(prefix):
    assert {member.name for member in library_members(prefix)} == SHIPPED


def test_ships_without_headers_where_there_are_none(prefix):
    (prefix.path / "include/python3.12/Python.h").unlink()
    (prefix.path / "include/python3.12").rmdir()

    names = {member.name for member in library_members(prefix)}

    assert names == SHIPPED - {"include/python3.12/Python.h"}


def test_leaves_modules_out_that_need_a_display_or_test_cpython(prefix):
    names = [path.name.split(".")[0] for path in extension_modules(prefix)]

    assert names == ["_bisect", "_ssl"]


def test_activation_leads_to_the_code(prefix):
    member, module = activation(prefix)

    site = (Path("/run/python") / member.name).parent
    code, activating = member.content.decode().splitlines()
    assert (site / code).resolve() == Path("/run/code")
    assert activating == f"import {Path(module.name).stem}"


def evaluated(text):
    module = types.ModuleType("_sysconfigdata")
    exec(text, module.__dict__)
    return module.build_time_vars


@pytest.mark.parametrize("quote", ["'", '"'])
def test_sysconfig_names_the_place_that_it_is_imported_from(quote):
    text = (
        "build_time_vars = {'LIBDIR': '/opt/py/lib',\n 'FLAGS': '-L/opt/py/lib -I/srv/py/include',\n"
        " 'OTHER': '/opt/py-other/lib',\n 'N': 1,\n 'prefix': '/opt/py'}\n"
    )

    written = relocatable_sysconfig(text.replace("'", quote), Path("/srv/py"))

    here = sys.base_prefix
    assert evaluated(written) == {
        "LIBDIR": f"{here}/lib",
        "FLAGS": f"-L{here}/lib -I{here}/include",
        "OTHER": "/opt/py-other/lib",
        "N": 1,
        "prefix": here,
    }
    assert "/opt/py/" not in written
    assert "/home/me" not in written


def test_sysconfig_of_the_system_keeps_its_tools():
    text = "build_time_vars = {'INSTALL': '/usr/bin/install -c',\n 'prefix': '/usr'}\n"

    assert evaluated(relocatable_sysconfig(text, Path("/usr")))["INSTALL"] == "/usr/bin/install -c"
