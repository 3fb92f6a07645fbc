import hashlib
import sys
from pathlib import Path

import pytest
import zstandard

from sparkferry.base.cache import Cache
from sparkferry.errors import UserError
from sparkferry.files import sha256_file
from sparkferry.image.entry import Entry
from sparkferry.image.layers.layer import LayerPlan, layer
from sparkferry.image.layers.tar_part import tar_part
from sparkferry.image.layers.zstd import in_zstd
from sparkferry.image.model import LAYER_ZSTD, Descriptor, ImageLayer
from support.layouts import in_registry


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture
def gzipped(cache: Cache) -> ImageLayer:
    entries = [Entry(path=f"f{number}", content=b"text" * number) for number in range(999)]
    return layer(
        LayerPlan(role="code", name="demo", key="k", parts=lambda: [tar_part(entries)]), cache
    )


def test_the_content_is_the_same(gzipped: ImageLayer, cache: Cache) -> None:
    made = in_zstd(gzipped, cache)
    assert isinstance(made.source, Path)
    data = made.source.read_bytes()
    with zstandard.ZstdDecompressor().stream_reader(data) as stream:
        assert f"sha256:{hashlib.sha256(stream.read()).hexdigest()}" == made.diff_id
    assert made.diff_id == gzipped.diff_id
    assert made.descriptor == Descriptor(
        media_type=LAYER_ZSTD, digest=f"sha256:{sha256_file(made.source)}", size=len(data)
    )


def test_it_is_made_once(gzipped: ImageLayer, cache: Cache) -> None:
    first, second = in_zstd(gzipped, cache), in_zstd(gzipped, cache)
    assert (first.made, second.made) == ("built", "cached")
    assert first.descriptor == second.descriptor


def test_what_is_not_here_stays_as_it_is(gzipped: ImageLayer, cache: Cache) -> None:
    base = in_registry(gzipped)
    assert in_zstd(base, cache) is base
    done = in_zstd(gzipped, cache)
    assert in_zstd(done, cache) is done


def test_a_missing_package_is_named(
    gzipped: ImageLayer, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(UserError) as caught:
        in_zstd(gzipped, cache)
    assert "sparkferry[zstd]" in str(caught.value.hint)
