"""The Dockerfile as text: one function a section. Pure.

What is in the image, and where, is as in one that we build; only the interpreter is the base's own, in a
virtual environment at the place where ours would be.
"""

import json
from collections.abc import Iterator

from sparkferry.image.dockerfile.model import Draft, Requirement
from sparkferry.image.dockerfile.quoting import pairs, run, words
from sparkferry.image.entry import Entry
from sparkferry.image.kinds.kind import JARS
from sparkferry.image.layers.spark_jars import left_out
from sparkferry.image.model import HOME, SPARK

_PYTHON, _PACKAGES, _CODE = f"/{HOME}/python", f"/{HOME}/packages", f"/{HOME}/code"
_PIP = "type=secret,id=pip,target=/etc/pip.conf"
_PIP_CACHE = "type=cache,target=/var/cache/pip"
_INSTALL = "python3 -m pip install --cache-dir /var/cache/pip --no-deps --no-compile"
_SHELL = 'SHELL ["/bin/bash", "-o", "pipefail", "-euc"]\n'
_HEAD = """\
# Written by `sparkferry image dockerfile`. Build it with BuildKit:
#   sparkferry image dockerfile --to DIR && docker build DIR
# An index of your own, with its credentials, is mounted and stays out of the image:
#   docker build --secret id=pip,src=$HOME/.config/pip/pip.conf DIR
"""


def dockerfile(draft: Draft) -> str:
    """Return the Dockerfile.

    :raises UserError: the settings hold something that no Dockerfile can say.
    """
    sections = (
        f"{_HEAD}ARG BASE={draft.base}\n",
        _builder(draft),
        *([_spark(draft)] if draft.recipe.spark else []),
        _final(draft),
    )
    return "\n".join(sections)


def requirements_text(requirements: tuple[Requirement, ...]) -> str:
    """Return ``requirements.txt`` with all hashes."""
    return "".join(
        f"{item.name}=={item.version}"
        + "".join(f" \\\n    --hash=sha256:{digest}" for digest in item.hashes)
        + "\n"
        for item in requirements
    )


def _builder(draft: Draft) -> str:
    links = " --find-links /build/wheels" if draft.local else ""
    return "".join(
        (
            "FROM ${BASE} AS builder\n",
            _SHELL,
            run(f"python3 -c 'import sys; sys.exit(\"{draft.python}\" != \"%d.%d\" % sys.version_info[:2])'"),
            run(
                f"python3 -m venv --without-pip {_PYTHON}",
                f"printf '../../../../code\\n../../../../packages\\n' "
                f"> {_PYTHON}/lib/python{draft.python}/site-packages/sparkferry.pth",
            ),
            "COPY requirements.txt /build/\n",
            "COPY wheels /build/wheels\n" if draft.local else "",
            run(f"mkdir -p {_PACKAGES}", f"{_install(_PACKAGES)} --require-hashes{links} "
                "-r /build/requirements.txt", mounts=(_PIP, _PIP_CACHE)),
        )
    )  # fmt: skip


def _install(directory: str) -> str:
    return f"{_INSTALL} --only-binary :all: --target {directory}"


def _spark(draft: Draft) -> str:
    version = draft.recipe.spark or ""
    globs = " ".join(left_out(draft.recipe.spark_groups))
    return "".join(
        (
            "FROM ${BASE} AS spark\n",
            _SHELL,
            run(
                f"{_INSTALL} --target /build/spark " + words(f"pyspark=={version}"),
                f"mkdir -p /{SPARK}/python",
                "cd /build/spark/pyspark",
                f"mv bin sbin jars licenses /{SPARK}",
                f"mv python/lib /{SPARK}/python",
                f"rm -f /{SPARK}/bin/*.cmd",
                f"(cd /{SPARK}/jars && rm -rf {globs})",
                f"chmod -R a+rX,go-w /{SPARK}",
                f"chmod a+x /{SPARK}/bin/* /{SPARK}/sbin/*",
                f"printf '%s\\n' {version} > /{SPARK}/.spark-version",
                mounts=(_PIP, _PIP_CACHE),
            ),
        )
    )


def _final(draft: Draft) -> str:
    recipe = draft.recipe
    account = recipe.account
    config = recipe.config
    return "".join(
        (
            "FROM ${BASE}\n",
            _SHELL,
            _debian(draft),
            _user(draft),
            f"COPY --from=spark /{SPARK} /{SPARK}\n" if recipe.spark else "",
            f"COPY jars /{JARS}\n" if recipe.jars else "",
            f"COPY --from=builder {_PYTHON} {_PYTHON}\n",
            f"COPY --from=builder {_PACKAGES} {_PACKAGES}\n",
            f"COPY code {_CODE}\n" if recipe.has_code else "",
            *map(_file, recipe.files),
            pairs("ENV", config.env),
            pairs("LABEL", config.labels),
            f"USER {account.uid}:{account.gid}\n",
            f"WORKDIR {config.working_dir}\n",
            f"ENTRYPOINT {json.dumps(config.entrypoint)}\n",
            f"CMD {json.dumps(config.cmd)}\n",
        )
    )


def _debian(draft: Draft) -> str:
    kind = draft.recipe.kind
    packages = sorted({*kind.packages, *kind.java, *draft.recipe.packages})
    return run(
        "apt-get update",
        f"DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends {words(*packages)}",
        "rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb /var/log/*.log /var/log/apt",
    )


def _user(draft: Draft) -> str:
    account = draft.recipe.account
    name, home = words(account.name), words(account.home)
    group = [f"groupadd --gid {account.gid} {name}"] if account.gid else []
    return run(
        *group,
        f"useradd --uid {account.uid} --gid {account.gid} --create-home --home-dir {home} "
        f"--shell /bin/bash {name}",
    )


def _file(entry: Entry) -> str:
    owner, path = f"{entry.uid}:{entry.gid}", f"/{entry.path}"
    if entry.kind == "directory":
        return run(
            words("install", "-d", "-m", f"{entry.mode:04o}", path), words("chown", owner, path)
        )
    return (
        f"COPY --chown={owner} --chmod={entry.mode:04o} {json.dumps([context_name(entry), path])}\n"
    )


def context_name(entry: Entry) -> str:
    """Return where a file of the recipe lies beside the Dockerfile."""
    return f"files/{entry.path}"


def context_names(draft: Draft) -> Iterator[str]:
    """Yield the files and directories that must lie beside the Dockerfile."""
    yield "requirements.txt"
    if draft.local:
        yield "wheels"
    if draft.recipe.jars:
        yield "jars"
    if draft.recipe.has_code:
        yield "code"
    yield from (context_name(entry) for entry in draft.recipe.files if entry.kind == "file")
