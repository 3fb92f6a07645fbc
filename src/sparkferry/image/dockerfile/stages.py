"""The stages that make what the last one copies: packages, and Spark. Pure.

Both leave their part as it is in an image that we build, so that the last stage only has to copy it.
"""

from collections.abc import Iterable

from sparkferry.image.dockerfile.model import Draft
from sparkferry.image.dockerfile.quoting import run, words
from sparkferry.image.entry import Entry
from sparkferry.image.layers.spark import USELESS, release
from sparkferry.image.layers.spark_jars import left_out
from sparkferry.image.model import HOME, PY4J, SPARK
from sparkferry.image.recipe import Recipe
from sparkferry.layers.interpreter.tree import ACTIVATE, PTH

PYTHON, PACKAGES = f"/{HOME}/python", f"/{HOME}/packages"
SHELL = 'SHELL ["/bin/bash", "-o", "pipefail", "-euc"]\n'

_BUILD = "/build"
_INDEX = "type=secret,id=pip,target=/etc/pip.conf"
_CACHE = "type=cache,target=/var/cache/pip"
_OPTIONS = "--no-deps --no-compile --require-hashes"
_TOOLS = f"{_BUILD}/tools"

_PRUNE = (
    f"xargs --delimiter '\\n' --arg-file {_BUILD}/pruned.txt rm -f --",
    "find . -type d -empty -delete",
)
_COMPILE = (
    "export PYTHONHASHSEED=0",
    f"python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash -i {_BUILD}/compiled.txt",
)

_SPARK_BUILD = (
    "--no-build-isolation --use-pep517 --config-settings=--build-option=--compression=stored"
)
"""Built with the tools of the lines above alone; jars are compressed already."""


def builder(draft: Draft) -> str:
    """Return the stage with interpreter and packages."""
    return "".join(
        (
            "FROM ${BASE} AS builder\n",
            SHELL,
            run(f"python3 -c 'import sys; sys.exit(\"{draft.python}\" != \"%d.%d\" % sys.version_info[:2])'"),
            run(f"python3 -m venv --without-pip {PYTHON}", f"mkdir {PACKAGES}"),
            _packages(draft) if draft.requirements else "",
            f"COPY {PTH} {ACTIVATE}.py {PYTHON}/lib/python{draft.python}/site-packages/\n",
        )
    )  # fmt: skip


def _packages(draft: Draft) -> str:
    links = f" --find-links {_BUILD}/wheels" if draft.local else ""
    # Scripts of packages are started by the interpreter that pip runs on.
    pip = f"python3 -m pip --python {PYTHON}/bin/python3 install {_OPTIONS} --cache-dir /var/cache/pip"
    return "".join(
        (
            f"COPY requirements.txt {_BUILD}/\n",
            f"COPY wheels {_BUILD}/wheels\n" if draft.local else "",
            run(
                f"{pip} --only-binary :all:{links} --target {PACKAGES} -r {_BUILD}/requirements.txt",
                mounts=(_INDEX, _CACHE),
            ),
            _trim("pruned.txt", _PRUNE) if draft.pruned else "",
            _trim("compiled.txt", _COMPILE) if draft.compiled else "",
        )
    )


def _trim(file: str, commands: Iterable[str]) -> str:
    return f"COPY {file} {_BUILD}/\n" + run(f"cd {PACKAGES}", *commands)


def spark(recipe: Recipe) -> str:
    """Return the stage with Spark."""
    # Not cached: this stage runs once for each Spark, and would keep a gigabyte.
    pip = f"python3 -m pip install {_OPTIONS} --no-cache-dir"
    return "".join(
        (
            "FROM ${BASE} AS spark\n",
            SHELL,
            f"COPY spark.txt spark-tools.txt {_BUILD}/\n",
            run(
                f"{pip} --only-binary :all: --target {_TOOLS} -r {_BUILD}/spark-tools.txt",
                f"PYTHONPATH={_TOOLS} {pip} {_SPARK_BUILD} --target {_BUILD}/spark "
                f"-r {_BUILD}/spark.txt",
                f"mkdir -p /{SPARK}/python",
                f"cd {_BUILD}/spark/pyspark",
                f"mv bin sbin jars licenses /{SPARK}",
                f"mv python/lib /{SPARK}/python",
                f"cd /{SPARK}",
                *_python(whole="yarn" in recipe.spark_groups),
                _without(("bin", "sbin", "licenses"), "-name", USELESS),
                _without(("jars",), "-path", [f"jars/{x}" for x in left_out(recipe.spark_groups)]),
                "find . -type d -empty -delete",
                *(_text(entry) for entry in release(recipe.spark or "")),
                "chmod -R a-x,a+rX,u+w,go-w .",
                "chmod a+x bin/* sbin/*",
                mounts=(_INDEX,),
            ),
        )
    )


def _python(*, whole: bool) -> tuple[str, ...]:
    """Return the commands that make files of PySpark's archive; ``whole`` keeps it, too."""
    link = () if whole else ("ln -sf .. python/lib/pyspark.zip",)
    return (
        "python3 -m zipfile -e python/lib/pyspark.zip python",
        "find python -type d -name tests -prune -exec rm -r {} +",
        *link,
        f"(cd python/lib && ln -s py4j-*.zip {PY4J.rpartition('/')[2]})",
    )


def _without(places: tuple[str, ...], test: str, patterns: Iterable[str]) -> str:
    """Return the command that deletes what matches, as Python's ``fnmatch`` has it."""
    tests = " \\\n      -o ".join(f"{test} {words(pattern)}" for pattern in patterns)
    return f"find {' '.join(places)} -type f \\( {tests} \\) -delete"


def _text(entry: Entry) -> str:
    content = entry.content if isinstance(entry.content, bytes) else entry.content.read_bytes()
    return f"printf '%s\\n' {words(content.decode().removesuffix(chr(10)))} > /{entry.path}"
