"""The Dockerfile as text: one function a section. Pure.

What is in the image, and where, is as in one that we build; only the interpreter is the base's own, in a
virtual environment at the place where ours would be.
"""

import json

from sparkferry.image.dockerfile.beside import context_name
from sparkferry.image.dockerfile.model import Draft
from sparkferry.image.dockerfile.quoting import pairs, run, words
from sparkferry.image.dockerfile.stages import PACKAGES, PYTHON, SHELL, builder, spark
from sparkferry.image.entry import Entry
from sparkferry.image.kinds.kind import JARS
from sparkferry.image.model import HOME, SPARK

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
        builder(draft),
        *([spark(draft.recipe)] if draft.spark else []),
        _final(draft),
    )
    return "\n".join(sections)


def _final(draft: Draft) -> str:
    recipe = draft.recipe
    account = recipe.account
    config = recipe.config
    return "".join(
        (
            "FROM ${BASE}\n",
            SHELL,
            _debian(draft),
            _user(draft),
            f"COPY --from=spark /{SPARK} /{SPARK}\n" if draft.spark else "",
            f"COPY jars /{JARS}\n" if recipe.jars else "",
            f"COPY --from=builder {PYTHON} {PYTHON}\n",
            f"COPY --from=builder {PACKAGES} {PACKAGES}\n",
            f"COPY code /{HOME}/code\n" if recipe.has_code else "",
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
        "apt-get clean",
        "rm -rf /var/lib/apt/lists/* /var/log/*.log /var/log/apt /tmp/hsperfdata_root",
    )


def _user(draft: Draft) -> str:
    account = draft.recipe.account
    name, home, numbers = words(account.name), words(account.home), (account.uid, account.gid)
    # Without --no-log-init a large number makes a log of as many records.
    return run(
        f"(getent group {account.gid} || groupadd --gid {account.gid} {name})",
        f"useradd --uid {account.uid} --gid {account.gid} --home-dir {home} --shell /bin/bash "
        f"--no-create-home --no-log-init {name}",
        _directory(account.home, 0o755, *numbers),
    )


def _file(entry: Entry) -> str:
    path = f"/{entry.path}"
    if entry.kind == "directory":
        return run(_directory(path, entry.mode, entry.uid, entry.gid))
    return (
        f"COPY --chown={entry.uid}:{entry.gid} --chmod={entry.mode:04o} "
        f"{json.dumps([context_name(entry), path])}\n"
    )


def _directory(path: str, mode: int, uid: int, gid: int) -> str:
    return f"install -d -m {mode:04o} -o {uid} -g {gid} {words(path)}"
