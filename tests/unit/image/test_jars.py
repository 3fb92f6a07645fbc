import gzip
import hashlib
import io
import tarfile

import pytest

from sparkferry.base.cache import Cache
from sparkferry.errors import ExternalError
from sparkferry.image.jars import find_jars, jar_plan
from sparkferry.image.layers.layer import layer
from sparkferry.progress import QUIET
from support.index_server import serving

DATA = b"a jar"


@pytest.fixture
def served(tmp_path):
    (tmp_path / "served").mkdir()
    (tmp_path / "served/b.jar").write_bytes(DATA)
    with serving(tmp_path / "served") as index:
        yield index


def test_jars_of_the_project_and_of_the_web_are_one_layer(tmp_path, served):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/a.jar").write_bytes(b"mine")
    cache = Cache(tmp_path / "cache")
    remote = f"{served.url}/files/b.jar#sha256={hashlib.sha256(DATA).hexdigest()}"
    jars = find_jars(("lib/a.jar", remote), tmp_path, cache, QUIET)
    assert [jar.name for jar in jars] == ["a.jar", "b.jar"]
    made = layer(jar_plan(jars), cache)
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(made.source.read_bytes()))) as archive:
        names = [item.name for item in archive if item.isfile()]
        assert names == ["opt/sparkferry/jars/a.jar", "opt/sparkferry/jars/b.jar"]
        assert archive.extractfile(names[1]).read() == DATA
    find_jars((remote,), tmp_path, cache, QUIET)
    assert served.downloads == ["b.jar"]


def test_another_jar_than_its_digest_says_is_refused(tmp_path, served):
    remote = f"{served.url}/files/b.jar#sha256={'0' * 64}"
    with pytest.raises(ExternalError, match=r"could not verify `b\.jar`") as caught:
        find_jars((remote,), tmp_path, Cache(tmp_path / "cache"), QUIET)
    assert "`jars` of [tool.sparkferry.image]" in caught.value.hint
    assert "lock again" not in caught.value.hint


@pytest.mark.parametrize("status", [401, 404])
def test_what_to_do_about_a_jar_that_is_not_served(tmp_path, served, status):
    served.faults["b.jar"] = [status] * 9
    remote = f"{served.url}/files/b.jar#sha256={'0' * 64}"
    with pytest.raises(ExternalError, match=str(status)) as caught:
        find_jars((remote,), tmp_path, Cache(tmp_path / "cache"), QUIET)
    assert "lock again" not in caught.value.hint
    assert "UV_INDEX" not in caught.value.hint
