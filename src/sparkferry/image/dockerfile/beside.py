"""What lies beside a Dockerfile: texts that are written for it, and the names of all that is copied."""

from collections.abc import Iterable, Iterator, Mapping

from sparkferry.image.dockerfile.model import Draft, Requirement
from sparkferry.image.entry import Entry
from sparkferry.layers.interpreter.tree import ACTIVATE, ACTIVATE_SOURCE, PTH, pth


def texts(draft: Draft) -> Mapping[str, str]:
    """Return the texts that the builder stages read, by name; none that would be empty."""
    spark = draft.spark
    found = {
        PTH: pth(f"lib/python{draft.python}/site-packages"),
        f"{ACTIVATE}.py": ACTIVATE_SOURCE.read_text(),
        "requirements.txt": requirements_text(draft.requirements),
        "pruned.txt": _lines(draft.pruned),
        "compiled.txt": _lines(draft.compiled),
        "spark.txt": requirements_text([spark.spark] if spark else ()),
        "spark-tools.txt": requirements_text(spark.tools if spark else ()),
    }
    return {name: text for name, text in found.items() if text}


def requirements_text(requirements: Iterable[Requirement]) -> str:
    """Return a requirements file with all hashes."""
    return "".join(
        f"{item.name}=={item.version}"
        + "".join(f" \\\n    --hash={digest}" for digest in item.hashes)
        + "\n"
        for item in requirements
    )


def _lines(paths: Iterable[str]) -> str:
    return "".join(f"{path}\n" for path in paths)


def context_name(entry: Entry) -> str:
    """Return where a file of the recipe lies beside the Dockerfile."""
    return f"files/{entry.path}"


def context_names(draft: Draft) -> Iterator[str]:
    """Yield the files and directories that must lie beside the Dockerfile."""
    yield from texts(draft)
    if draft.local:
        yield "wheels"
    if draft.recipe.jars:
        yield "jars"
    if draft.recipe.has_code:
        yield "code"
    yield from (context_name(entry) for entry in draft.recipe.files if entry.kind == "file")
