"""Layers as plain files in a directory of the user's choice."""

from pathlib import Path

from sparkferry.errors import ExternalError
from sparkferry.files import CHUNK, create, replacing
from sparkferry.layers.model import LayerKind, Layers


def export(layers: Layers, directory: Path) -> dict[LayerKind, Path]:
    """Write each layer into ``directory`` under its file name, replacing what was there.

    A directory that was not there ignores itself in Git, so that no snapshot holds layers.

    :raises ExternalError: the directory cannot be written.
    """
    paths = {layer.kind: directory / layer.file for layer in layers.layers}
    try:
        if not directory.exists():
            create(directory / ".gitignore", b"*\n")
        for layer in layers.layers:
            with layer.path.open("rb") as source, replacing(paths[layer.kind]) as sink:
                while chunk := source.read(CHUNK):
                    sink.write(chunk)
    except OSError as error:
        raise ExternalError(
            f"could not write the layers to `{directory}`: {error.strerror}",
            hint="choose a directory that you may write to and that has room",
        ) from error
    return paths
