"""The probe, on two executors: where all is alike, and where one side was tampered with."""

import os
import shutil

import pytest

from sparkferry.base.cache import Cache
from sparkferry.layers.stamps import stamps

pytestmark = pytest.mark.spark


def test_every_executor_has_what_was_packed(warm_cli):
    done = warm_cli("probe")

    rows = [line.split() for line in done.stdout.splitlines()]
    assert sorted(row[0] for row in rows) == ["driver", "executor", "executor"]
    assert len({tuple(row[-3:]) for row in rows}) == 1, "other digests than the driver's"


def test_a_changed_package_is_found(warm_cli, tmp_path):
    cache = tmp_path / "cache"
    (cache / "unpacked").mkdir(parents=True)
    for area in ("layers", "wheels", "bytecode", "spark"):
        (cache / area).symlink_to(warm_cli.cache / area)
    shutil.copytree(warm_cli.cache / "memo", cache / "memo")
    layers = {line.split()[0]: line.split()[1] for line in warm_cli("pack").stdout.splitlines()}
    for digest in layers.values():
        place = warm_cli.cache / "unpacked" / digest
        if digest == layers["packages"]:
            shutil.copytree(place, cache / "unpacked" / digest, copy_function=os.link)
        else:
            (cache / "unpacked" / digest).symlink_to(place)
    (metadata,) = (cache / "unpacked" / layers["packages"]).glob("numpy-*.dist-info")
    metadata.rename(metadata.with_name("numpy-0.1.dist-info"))
    (metadata.with_name("numpy-0.1.dist-info") / "METADATA").unlink()
    (metadata.with_name("numpy-0.1.dist-info") / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: numpy\nVersion: 0.1\n"
    )
    # Else the copy would be restored from its layer before the run.
    changed = stamps(cache / "unpacked" / layers["packages"])
    Cache(cache).remember(f"stamps of unpacked/{layers['packages']}", changed)

    settings = ("targets.local.workers=1", "targets.local.class-data-archive=false")
    done = warm_cli.with_(*settings, cache=cache)("probe", code=1)
    assert "mismatch: the driver has numpy 0.1, expected" in done.stderr
    assert "has other files in the layer packages" in done.stderr
