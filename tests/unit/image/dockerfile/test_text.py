"""The Dockerfile as text, and the directory that it is built in."""

from pathlib import Path

import pytest

from sparkferry.errors import ExternalError, UserError
from sparkferry.image.dockerfile.context import write_context
from sparkferry.image.dockerfile.text import Draft, base_of, dockerfile, quoted
from sparkferry.image.lock import ImageLock, LockedBase
from sparkferry.image.model import LAYER_GZIP, Descriptor, ImageLayer
from sparkferry.image.provenance import Provenance
from sparkferry.image.recipe import BaseFacts, recipe
from sparkferry.project.image_settings import ImageSettings
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.project.model import Project, Settings

DIGEST = f"sha256:{'ab' * 32}"
SLIM = "docker.io/library/debian:bookworm-slim"


def layer_of(role, path: Path) -> ImageLayer:
    descriptor = Descriptor(media_type=LAYER_GZIP, digest=DIGEST, size=1)
    return ImageLayer(
        role=role, name="", descriptor=descriptor, diff_id=DIGEST, source=path, made="built"
    )


def draft_of(tmp_path: Path, lock: ImageLock | None = None, **settings: object) -> Draft:
    """Return a draft with two layers."""
    project = Project(
        root=tmp_path,
        name="titanic",
        requires_python=">=3.11",
        dependencies=(),
        tier="prod",
        settings=Settings(
            spark="4.0", image=ImageSettings(**settings), targets={"local": LocalTarget()}
        ),
        origins={},
    )
    upon = BaseFacts(platform="linux/amd64", suite="bookworm", spark="4.0.5")
    made = recipe(project, upon, Provenance(revision="abc"))
    layers = tuple(layer_of(role, tmp_path / f"{role}.tar.gz") for role in ("spark", "code"))
    return Draft(recipe=made, base=base_of(made, lock or ImageLock()), layers=layers)


def test_debians_packages_come_by_apt_and_all_else_is_added(tmp_path):
    text = dockerfile(draft_of(tmp_path, kind="dataproc", packages=("curl",)))
    lines = text.splitlines()
    assert f"ARG BASE={SLIM}" in lines
    assert "--no-install-recommends bash ca-certificates coreutils curl " in text
    assert "libjemalloc2" in text
    assert "openjdk" not in text
    assert "(getent group 1099 || groupadd --gid 1099 spark)" in text
    assert "install -d -m 0755 -o 1099 -g 1099 /home/spark" in text
    added = [line for line in lines if line.startswith("ADD")]
    assert added == ["ADD layers/01-spark.tar.gz /", "ADD layers/02-code.tar.gz /"]
    assert text.endswith('ENTRYPOINT ["/usr/bin/tini", "--"]\nCMD ["/bin/bash"]\n')
    assert "pip" not in text.replace("pipefail", "")


def test_spark_has_its_java_and_its_entry_point(tmp_path):
    text = dockerfile(draft_of(tmp_path, kind="spark"))
    assert "openjdk-17-jre-headless" in text
    assert 'ENTRYPOINT ["/usr/bin/tini", "-s", "--", "/opt/sparkferry/bin/entrypoint.sh"]' in text


@pytest.mark.parametrize(
    ("written", "locked", "base"),
    [
        ("debian:bookworm", None, SLIM),
        ("debian:bookworm", SLIM, f"{SLIM}@{DIGEST}"),
        ("host.example/debian:bookworm-slim", None, "host.example/debian:bookworm-slim"),
        ("host.example/own:1", "host.example/own:1", f"host.example/own:1@{DIGEST}"),
        (f"host.example/own:1@{DIGEST}", None, f"host.example/own:1@{DIGEST}"),
    ],
)
def test_the_base_is_that_of_the_settings_with_its_locked_digest(tmp_path, written, locked, base):
    bases = (LockedBase(reference=locked, digest=DIGEST),) if locked else ()
    assert draft_of(tmp_path, ImageLock(bases=bases), base=written).base == base


@pytest.mark.parametrize(
    ("text", "word"), [("a b", '"a b"'), ('"', '"\\""'), ("$HOME", '"\\$HOME"'), ("\\", '"\\\\"')]
)
def test_words_mean_themselves(text, word):
    assert quoted(text) == word


def test_what_a_dockerfile_cannot_say_is_an_error_before_anything_is_written(tmp_path):
    draft = draft_of(tmp_path, env={"A": "1\nRUN evil"})
    with pytest.raises(UserError, match="more than one line"):
        write_context(draft, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_layers_lie_beside_it(tmp_path):
    for role in ("spark", "code"):
        (tmp_path / f"{role}.tar.gz").write_bytes(role.encode())
    draft, to = draft_of(tmp_path), tmp_path / "out"
    write_context(draft, to)
    assert (to / "Dockerfile").read_text() == dockerfile(draft)
    assert (to / "layers/02-code.tar.gz").read_bytes() == b"code"
    with pytest.raises(UserError, match="it is not empty"):
        write_context(draft, to)


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(ExternalError, match="could not write the Dockerfile"):
        write_context(draft_of(tmp_path), Path("/proc/no-such-place"))
