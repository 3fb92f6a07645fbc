"""Every CPython of this machine, packed, and run where there is nothing but glibc."""

import os
import re
import shutil
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import msgspec
import pytest

from sparkferry.base.cache import Cache
from sparkferry.base.elf import programs, read_elf, read_platform
from sparkferry.layers.driver import driver_environment
from sparkferry.layers.interpreter.layer import interpreter_layer
from sparkferry.layers.interpreter.libraries import bundled, system_libraries
from sparkferry.layers.interpreter.prefix import find_prefixes, host_platform, running_prefix
from sparkferry.layers.model import Environment, Layer
from sparkferry.layers.unpacked import unpacked
from sparkferry.progress import QUIET

MINORS = range(10, 14)
GLIBC = re.compile(r"lib(c|m|dl|pthread|rt|resolv|util)\.so\.\d+|ld-linux.*")
EVERYTHING = """
import ssl, sqlite3, ctypes, lzma, bz2, zlib, hashlib, uuid, readline, decimal, asyncio
import multiprocessing, xml.etree.ElementTree, zoneinfo, sysconfig, sys, pathlib, importlib
import mycode, mypackage
assert hashlib.new("sha256", b"x").hexdigest()
assert sqlite3.connect(":memory:").execute("select 1").fetchone() == (1,)
assert sys.prefix == sysconfig.get_path("data") == "/moved/here/packages", sys.prefix
assert sysconfig.get_path("include").startswith(sys.base_prefix)
for module in pathlib.Path(sys.base_prefix).rglob("lib-dynload/*.so"):
    importlib.import_module(module.name.split(".")[0])
"""


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return Cache(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module", params=MINORS, ids="3.{}".format)
def prefix(request, cache):
    found = find_prefixes(cache, range(request.param, request.param + 1))
    here = [item for item in found if item.platform == host_platform()]
    if not here:
        pytest.skip(f"no Python 3.{request.param} on this machine")
    return here[-1]


def pack(prefix, cache):
    glibc = tuple(map(int, os.confstr("CS_GNU_LIBC_VERSION").split()[1].split(".")))
    environment = Environment(python=prefix.version, platform=prefix.platform, glibc=glibc)
    return interpreter_layer(prefix, environment, cache, QUIET)


@pytest.fixture(scope="module")
def layer(prefix, cache):
    return pack(prefix, cache)


@pytest.fixture
def siblings(tmp_path):
    """Layers of one module each."""

    def make(kind, module):
        path = tmp_path / f"{kind}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(f"{module}.py", f"HERE = {kind!r}\n")
        return Layer(kind=kind, digest=f"{kind}-{tmp_path.name}", size=1, path=path)

    return make("packages", "mypackage"), make("code", "mycode")


def paths(environment):
    program = (
        "import mypackage, mycode, sys; print(mypackage.__file__, mycode.__file__, sys.base_prefix)"
    )
    argv = [environment / "python/bin/python3", "-c", program]
    done = subprocess.run(argv, env={}, cwd="/", capture_output=True, check=True, text=True)
    return done.stdout.split()


def wanted(environment):
    return [
        str(environment / name) for name in ("packages/mypackage.py", "code/mycode.py", "python")
    ]


def test_siblings_are_importable_beside_a_directory(layer, siblings, cache, tmp_path):
    environment = tmp_path / "executor"
    shutil.copytree(unpacked(layer, cache), environment / "python", symlinks=True)
    for sibling in siblings:
        shutil.copytree(unpacked(sibling, cache), environment / sibling.kind)

    assert paths(environment) == wanted(environment)


def test_siblings_are_importable_beside_links_into_the_cache(layer, siblings, cache, tmp_path):
    driver_environment((layer, *siblings), tmp_path / "driver", cache)

    assert paths(tmp_path / "driver") == wanted(tmp_path / "driver")


LAYERS = {
    "packages/bin/tool": '#!/bin/sh\nexec "$(dirname "$0")/../../python/bin/python3" -c "import inner"\n',
    "packages/extra.pth": "more\n",
    "packages/more/inner.py": "print('inner')\n",
    "packages/share/table.csv": "1,2\n",
    "code/bin/own": "#!/bin/sh\necho own\n",
}
ACTIVE = """
import os, subprocess, sys, sysconfig
assert os.path.exists(os.path.join(sys.prefix, "share/table.csv"))
assert sysconfig.get_path("data") == sys.prefix
assert sysconfig.get_path("scripts") in os.environ["PATH"].split(":")
for command in ("tool", "own"):
    subprocess.run([command], check=True)
"""


def test_layers_are_active_as_a_virtual_environment_is(layer, cache, tmp_path):
    """Scripts are unpacked without their mode, as Hadoop before 3.4 does it."""
    environment = tmp_path / "executor"
    environment.mkdir()
    (environment / "python").symlink_to(unpacked(layer, cache))
    for name, text in LAYERS.items():
        (environment / name).parent.mkdir(parents=True, exist_ok=True)
        (environment / name).write_text(text)
    argv = [environment / "python/bin/python3", "-c", ACTIVE]
    done = subprocess.run(argv, env={}, cwd="/", capture_output=True, check=False, text=True)

    assert (done.stdout, done.stderr) == ("inner\nown\n", "")


def test_nothing_names_the_place_that_it_came_from(prefix, layer, cache):
    place = str(prefix.path).encode()
    files = [path for path in unpacked(layer, cache).rglob("*") if path.is_file()]
    binaries = [path for path in files if read_platform(path)]

    if prefix.path != Path("/usr"):
        assert [path for path in files if path not in binaries and place in path.read_bytes()] == []
    for path in binaries:
        elf = read_elf(path.read_bytes())
        assert all(part.startswith("$ORIGIN") for part in elf.search), path
        assert not bundled(elf) or elf.search, path


def test_bytecode_is_used_and_never_checked(prefix, layer, cache):
    place = unpacked(layer, cache)
    source = place / prefix.stdlib / "os.py"
    bytecode = place / prefix.stdlib / f"__pycache__/os.cpython-3{prefix.minor}.pyc"

    # PEP 552: bit 0 of the flags is "by hash", bit 1 is "check the source".
    assert struct.unpack("<I", bytecode.read_bytes()[4:8]) == (1,)
    assert source.is_file()


def empty_root(root, program):
    """Fill ``root`` with glibc alone, at the places where ``program``'s loader looks."""
    for name, (path, *_) in system_libraries().items():
        if GLIBC.fullmatch(name):
            copy(path, root)
    data = program.read_bytes()
    (loader,) = [data[item[2] : item[2] + item[5] - 1] for item in programs(data) if item[0] == 3]
    copy(Path(os.fsdecode(loader)), root)
    (root / "proc").mkdir()


def copy(path, root):
    target = root / path.relative_to("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path.resolve(), target)


def isolated(root):
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *user, "--mount", "--pid", "--fork", f"--root={root}", "--mount-proc=/proc"]


def test_runs_in_an_empty_root_with_only_glibc(layer, siblings, cache, tmp_path):
    root, environment = tmp_path / "root", tmp_path / "root/moved/here"
    shutil.copytree(unpacked(layer, cache), environment / "python", symlinks=True)
    for sibling in siblings:
        shutil.copytree(unpacked(sibling, cache), environment / sibling.kind)
    empty_root(root, environment / "python/bin/python3")
    if subprocess.run([*isolated("/"), "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody change the root file system")

    argv = [*isolated(root), "/moved/here/python/bin/python3", "-c", EVERYTHING]
    tools = {"PATH": os.environ["PATH"]}
    done = subprocess.run(argv, env=tools, capture_output=True, check=False, text=True)

    assert (done.returncode, done.stderr) == (0, "")


def test_copy_elsewhere_gives_the_same_bytes(prefix, layer, tmp_path):
    if prefix.path == Path("/usr"):
        pytest.skip("the system's Python is no directory of its own")
    moved = tmp_path / "moved"
    skip = shutil.ignore_patterns("site-packages", "test", "__pycache__", "config-*", "pkgconfig")
    for top in ("bin", "lib", "include"):
        shutil.copytree(prefix.path / top, moved / top, symlinks=True, ignore=skip)
    copied = msgspec.structs.replace(prefix, directory=str(moved))

    assert pack(copied, Cache(tmp_path / "other")).digest == layer.digest


def test_packing_again_starts_no_process(cache, monkeypatch):
    minor = sys.version_info.minor
    (prefix,) = [
        item
        for item in find_prefixes(cache, range(minor, minor + 1))
        if item.path == running_prefix()
    ]
    first = pack(prefix, cache)

    monkeypatch.setattr(subprocess, "run", None)

    assert pack(prefix, cache) == first
